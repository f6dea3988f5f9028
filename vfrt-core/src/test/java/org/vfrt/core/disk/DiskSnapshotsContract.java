package org.vfrt.core.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.pool.Disk;
import org.vfrt.core.pool.Hypervisor;

/** What every implementation of {@link DiskSnapshots} does. */
public abstract class DiskSnapshotsContract {

    private static final String CHECKPOINT = "20261130T020000Z-00000001";
    private static final String LATER = "20261130T030000Z-00000002";
    private static final SnapshotMark MARK = new SnapshotMark(new UUID(1, 2), CHECKPOINT, new UUID(3, 4));

    protected abstract DiskSnapshots snapshots();

    protected abstract Hypervisor host();

    /** Returns two disks that are there. */
    protected abstract List<Disk> disks();

    protected abstract void write(String path, String content);

    protected abstract String read(String path);

    private List<PairedDisk> taken() {
        return taken(MARK);
    }

    private List<PairedDisk> taken(SnapshotMark mark) {
        try (DiskSnapshots.Armed armed =
                snapshots().arm(host(), mark, snapshots().survey(host(), disks()))) {
            armed.take();
            return armed.keep();
        }
    }

    private String first() {
        return disks().get(0).path();
    }

    @Test
    void aDiskThatIsThereCanBePaired() {
        assertThat(snapshots().survey(host(), disks()))
                .allSatisfy(disk -> assertThat(disk.place()).isPresent());
    }

    @Test
    void aDiskThatIsNotThereCannotAndItIsSaidWhy() {
        Disk missing = new Disk("xvdz", Disk.Source.FILE, first() + "-missing", "raw", true);
        assertThat(snapshots().survey(host(), List.of(missing))).singleElement().satisfies(disk -> {
            assertThat(disk.place()).isEmpty();
            assertThat(disk.obstacle()).get().extracting(Reason::code).isEqualTo("disk-missing");
        });
    }

    @Test
    void aSnapshotIsOfTheMomentAtWhichItWasTaken() {
        write(first(), "before");
        try (DiskSnapshots.Armed armed =
                snapshots().arm(host(), MARK, snapshots().survey(host(), disks()))) {
            write(first(), "armed");
            armed.take();
            write(first(), "after");
            List<PairedDisk> kept = armed.keep();
            snapshots().revert(host(), kept, MARK, LATER);
        }
        assertThat(read(first())).isEqualTo("armed");
    }

    @Test
    void whatIsNotKeptIsGone() {
        try (DiskSnapshots.Armed armed =
                snapshots().arm(host(), MARK, snapshots().survey(host(), disks()))) {
            armed.take();
        }
        assertThat(snapshots().list(host())).isEmpty();
    }

    @Test
    void whatIsArmedAndNeverTakenLeavesNothing() {
        snapshots().arm(host(), MARK, snapshots().survey(host(), disks())).close();
        assertThat(snapshots().list(host())).isEmpty();
    }

    @Test
    void whatIsKeptIsListedWithItsMarkUntilItIsRemoved() {
        taken();
        List<FoundSnapshot> found = snapshots().list(host());
        assertThat(found).hasSize(2).allSatisfy(one -> {
            assertThat(one.mark()).isEqualTo(MARK);
            assertThat(one.replacedAt()).isEmpty();
        });
        snapshots().remove(host(), found);
        assertThat(snapshots().list(host())).isEmpty();
        snapshots().remove(host(), found);
    }

    @Test
    void aSnapshotThatIsGoneCannotTakeAPlace() {
        List<PairedDisk> paired = taken();
        assertThat(snapshots().obstacles(host(), paired, true)).isEmpty();
        snapshots().remove(host(), snapshots().list(host()));
        assertThat(snapshots().obstacles(host(), paired, true))
                .hasSize(2)
                .extracting(Reason::code)
                .containsOnly("snapshot-missing");
    }

    @Test
    void whatIsReplacedIsKeptAndCanBePutBack() {
        write(first(), "then");
        List<PairedDisk> paired = taken();
        write(first(), "now");
        List<ReplacedDisk> planned = snapshots().planned(paired, MARK, LATER);
        snapshots().revert(host(), paired, MARK, LATER);
        assertThat(read(first())).isEqualTo("then");
        assertThat(snapshots().list(host()))
                .filteredOn(one -> one.replacedAt().isPresent())
                .hasSize(2);
        snapshots().putBack(host(), planned);
        assertThat(read(first())).isEqualTo("now");
        snapshots().putBack(host(), planned);
        assertThat(read(first())).isEqualTo("now");
    }

    @Test
    void whatTookThePlaceIsKeptInItsTurnWhereAGuestMayHaveWrittenToIt() {
        write(first(), "then");
        List<PairedDisk> paired = taken();
        write(first(), "now");
        snapshots().revert(host(), paired, MARK, LATER);
        write(first(), "written after the restore");
        List<ReplacedDisk> planned = snapshots().planned(paired, MARK, LATER);
        String latest = "20261130T050000Z-00000004";
        snapshots().exchange(host(), planned, MARK, latest);
        assertThat(read(first())).isEqualTo("now");
        snapshots().exchange(host(), planned, MARK, "20261130T060000Z-00000005");
        assertThat(read(first())).isEqualTo("now");
        snapshots().putBack(host(), snapshots().planned(paired, MARK, latest));
        assertThat(read(first())).isEqualTo("written after the restore");
    }

    @Test
    void aSnapshotServesAsOftenAsItIsNeeded() {
        write(first(), "then");
        List<PairedDisk> paired = taken();
        snapshots().revert(host(), paired, MARK, LATER);
        write(first(), "changed after the first restore");
        snapshots().revert(host(), paired, MARK, "20261130T040000Z-00000003");
        assertThat(read(first())).isEqualTo("then");
    }

    @Test
    void aCopyIsWrittenToWithoutTheOriginal() {
        write(first(), "original");
        List<CopiedDisk> copies = snapshots().plannedCopies(taken(), "web1-copy");
        snapshots().copy(host(), copies);
        write(copies.get(0).path(), "copy");
        assertThat(read(first())).isEqualTo("original");
        assertThat(read(copies.get(0).path())).isEqualTo("copy");
        snapshots().removeCopies(host(), copies);
        snapshots().removeCopies(host(), copies);
        assertThatThrownBy(() -> read(copies.get(0).path())).isInstanceOf(Exception.class);
    }

    @Test
    void aCopyTakesNobodysPlace() {
        List<CopiedDisk> copies = snapshots().plannedCopies(taken(), "web1-copy");
        write(copies.get(1).path(), "somebody else's");
        assertThatThrownBy(() -> snapshots().copy(host(), copies))
                .isInstanceOfSatisfying(Failed.class, e -> assertThat(e.code()).isEqualTo(DiskSnapshots.COPY_EXISTS));
        assertThat(read(copies.get(1).path())).isEqualTo("somebody else's");
    }

    @Test
    void noneOfSeveralIsLeftWhenOneCannotBeTaken() {
        List<SurveyedDisk> surveyed = snapshots().survey(host(), disks());
        try (DiskSnapshots.Armed armed = snapshots().arm(host(), MARK, surveyed)) {
            lose(disks().get(1).path());
            assertThatThrownBy(armed::take).isInstanceOf(Failure.class);
        }
        assertThat(snapshots().list(host())).isEmpty();
    }

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
        assertThat(snapshots().list(host()))
                .singleElement()
                .satisfies(one -> assertThat(one.replacedAt()).isPresent());
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

    /** Takes a disk away behind everybody's back. */
    protected abstract void lose(String path);
}
