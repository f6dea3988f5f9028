package org.vfrt.core.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
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
    protected static final String LATER = "20261130T030000Z-00000002";
    protected static final SnapshotMark MARK = new SnapshotMark(new UUID(1, 2), CHECKPOINT, new UUID(3, 4));

    protected abstract DiskSnapshots snapshots();

    protected abstract Hypervisor host();

    /** Returns two disks that are there. */
    protected abstract List<Disk> disks();

    protected abstract void write(String path, String content);

    protected abstract String read(String path);

    protected final List<PairedDisk> taken() {
        return taken(MARK);
    }

    protected final List<PairedDisk> taken(SnapshotMark mark) {
        try (DiskSnapshots.Armed armed =
                snapshots().arm(host(), mark, snapshots().survey(host(), disks()))) {
            armed.take();
            return armed.keep();
        }
    }

    protected final String first() {
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
                .filteredOn(one -> one.replacedAt().isPresent() && !one.passing())
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

    /** Takes a disk away behind everybody's back. */
    protected abstract void lose(String path);
}
