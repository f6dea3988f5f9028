package org.vfrt.core.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What every implementation of {@link DiskSnapshots} does whose snapshots can be read, and made of what was read. */
public abstract class SnapshotContentsContract extends DiskSnapshotsContract {

    private SnapshotContents contents() {
        return snapshots().contents();
    }

    /** Hears what is on a disk as text, and as which part of an earlier one. */
    private static final class Heard implements SnapshotContents.Listener {

        private String text = "";
        private long unchangedBytes;

        @Override
        public void unchanged(long at, long bytes) {
            unchangedBytes += bytes;
        }

        @Override
        public void data(long at, byte[] buffer, int offset, int length) {
            assertThat(at % 4096 + length % 4096).isZero();
            text += new String(buffer, offset, length, StandardCharsets.UTF_8).replace("\0", "");
        }
    }

    /** Returns how much of a snapshot is said to be as in the earlier one, and is not read. */
    protected final long unreadBytes(PairedDisk snapshot, PairedDisk earlier) {
        return heard(snapshot, Optional.of(earlier)).unchangedBytes;
    }

    private Heard heard(PairedDisk snapshot, Optional<PairedDisk> earlier) {
        Heard heard = new Heard();
        try {
            contents().read(host(), snapshot, earlier, heard);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return heard;
    }

    @Test
    void whatASnapshotHoldsCanBeRead() {
        write(first(), "then");
        List<PairedDisk> paired = taken();
        write(first(), "later");
        assertThat(contents().unreadable(host(), snapshots().survey(host(), disks())))
                .isEmpty();
        Heard heard = heard(paired.get(0), Optional.empty());
        assertThat(heard.text).isEqualTo("then");
        assertThat(heard.unchangedBytes).isZero();
    }

    @Test
    void whatIsAsItWasInAnEarlierSnapshotIsNotReadAgain() {
        write(first(), "then");
        PairedDisk earlier = taken().get(0);
        PairedDisk same =
                taken(new SnapshotMark(MARK.store(), LATER, MARK.guest())).get(0);
        write(first(), "late");
        PairedDisk other = taken(new SnapshotMark(MARK.store(), "20261130T040000Z-00000003", MARK.guest()))
                .get(0);
        assertThat(heard(same, Optional.of(earlier)).unchangedBytes).isEqualTo(4096);
        assertThat(heard(same, Optional.of(earlier)).text).isEmpty();
        assertThat(heard(other, Optional.of(earlier)).text).isEqualTo("late");
        assertThat(heard(other, Optional.of(earlier)).unchangedBytes).isZero();
    }

    @Test
    void anEarlierSnapshotThatIsGoneIsNone() {
        write(first(), "then");
        PairedDisk earlier = taken().get(0);
        snapshots().remove(host(), snapshots().list(host()));
        PairedDisk now =
                taken(new SnapshotMark(MARK.store(), LATER, MARK.guest())).get(0);
        assertThat(heard(now, Optional.of(earlier)).text).isEqualTo("then");
    }

    private static SnapshotContents.Source source(String text) {
        return sink -> sink.data(0, Arrays.copyOf(text.getBytes(StandardCharsets.UTF_8), 4096), 0, 4096);
    }

    private PairedDisk brought(PairedDisk disk, SnapshotContents.Source source) throws IOException {
        return contents().bring(host(), contents().planned(disk, MARK, LATER), MARK, LATER, source);
    }

    @Test
    void aSnapshotCanBeMadeOfAContentWhereThereIsNone() throws IOException {
        write(first(), "then");
        PairedDisk paired = taken().get(0);
        snapshots().remove(host(), snapshots().list(host()));
        lose(first());
        assertThat(contents().obstacles(host(), List.of(paired), true)).isEmpty();
        PairedDisk brought = brought(paired, source("else"));
        assertThat(snapshots().obstacles(host(), List.of(brought), true)).isEmpty();
        assertThat(snapshots().list(host())).singleElement().satisfies(one -> {
            assertThat(one.replacedAt()).isPresent();
            assertThat(one.passing()).isTrue();
        });
        snapshots().revert(host(), List.of(brought), MARK, LATER);
        snapshots().remove(host(), snapshots().list(host()));
        assertThat(read(first())).isEqualTo("else");
        assertThat(snapshots().list(host())).isEmpty();
    }

    @Test
    void whatDoesNotComeToItsEndLeavesNothing() {
        PairedDisk paired = taken().get(0);
        snapshots().remove(host(), snapshots().list(host()));
        assertThatThrownBy(() -> brought(paired, sink -> {
                    source("half").to(sink);
                    throw new IOException("it is damaged");
                }))
                .hasMessageContaining("it is damaged");
        assertThat(snapshots().list(host())).isEmpty();
        assertThat(read(first())).isEqualTo("new");
    }

    @Test
    void whereThereWasNothingThereIsNothingAgain() {
        write(first(), "then");
        List<PairedDisk> paired = taken();
        List<ReplacedDisk> planned = snapshots().planned(paired, MARK, LATER);
        lose(first());
        snapshots().putBack(host(), planned);
        snapshots().revert(host(), paired, MARK, LATER);
        assertThat(read(first())).isEqualTo("then");
        snapshots().putBack(host(), planned);
        assertThatThrownBy(() -> read(first())).isInstanceOf(Exception.class);
        snapshots().putBack(host(), planned);
        write(first(), "somebody's");
        snapshots().putBack(host(), planned);
        assertThat(read(first())).isEqualTo("somebody's");
    }
}
