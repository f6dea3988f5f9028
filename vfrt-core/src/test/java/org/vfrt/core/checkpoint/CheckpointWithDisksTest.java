package org.vfrt.core.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.core.disk.DiskPlace;
import org.vfrt.core.disk.DiskSnapshots;
import org.vfrt.core.disk.Engine;
import org.vfrt.core.disk.FakeDisks;
import org.vfrt.core.disk.PairedDisk;
import org.vfrt.core.disk.SnapshotMark;
import org.vfrt.core.disk.SurveyedDisk;
import org.vfrt.core.failure.Damaged;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.journal.GuestLock;
import org.vfrt.core.journal.JournalEntry;
import org.vfrt.core.pool.Definition;
import org.vfrt.core.pool.Disk;
import org.vfrt.core.pool.Guest;

/** Memory and disks of one instant, and never of two. */
final class CheckpointWithDisksTest {

    private static final String DISK = "/images/web1.img";

    private CheckpointWorld world;

    @BeforeEach
    void begin(@TempDir Path directory) {
        world = new CheckpointWorld(directory);
    }

    private Guest web1() {
        Guest guest = world.pool
                .on("xen1")
                .addRunning(
                        "web1",
                        CheckpointWorld.WEB1.formatted(
                                "<disk device='disk'><source file='" + DISK + "'/><target dev='xvda'/></disk>"));
        world.disks.write("xen1", DISK, "at the start");
        return guest;
    }

    private Manifest taken() {
        return world.create().manifest().orElseThrow();
    }

    private void gone(Guest guest) {
        world.pool.on("xen1").remove(guest.uuid());
    }

    private RestoreCheckpoint.Outcome restore() {
        return world.restore(CheckpointWorld.restoring(Optional.empty(), Optional.empty(), Optional.empty()));
    }

    private Optional<String> disk() {
        return world.disks.read("xen1", DISK);
    }

    private SweepSnapshots.Outcome sweep(Instant now) {
        return new SweepSnapshots(world.disks, world.store).run(world.pool.pool(), world.journal, now, false);
    }

    @Test
    void theSnapshotsAreTakenInTheStandstillAndNowhereElse() {
        web1();
        world.live.during = () -> world.disks.write("xen1", DISK, "while its memory is sent");
        world.live.atStandstill = () -> world.disks.write("xen1", DISK, "as it stands still");
        Manifest manifest = taken();
        world.disks.write("xen1", DISK, "later");
        PairedDisk paired = manifest.disks().get(0);
        assertThat(paired.target()).isEqualTo("xvda");
        assertThat(world.disks.read("xen1", paired.snapshot())).contains("as it stands still");
        assertThat(manifest.unpairedDisks()).isEmpty();
        assertThat(manifest.diskPause()).isEqualTo(FakeDisks.PAUSE);
        assertThat(world.store.manifest(manifest.id())).isEqualTo(manifest);
    }

    @Test
    void aRestorePutsTheDisksBackWithTheMemoryAndKeepsWhatWasThere() {
        Guest guest = web1();
        taken();
        world.disks.write("xen1", DISK, "later");
        gone(guest);
        RestoreCheckpoint.Outcome outcome = restore();
        assertThat(disk()).contains("at the start");
        assertThat(outcome.notes()).singleElement().asString().contains("is kept as");
        assertThat(world.disks.all("xen1"))
                .filteredOn(name -> name.contains("@kept-"))
                .singleElement()
                .satisfies(kept -> assertThat(world.disks.read("xen1", kept)).contains("later"));
    }

    @Test
    void aRestoreThatFailsLeavesTheDisksAsTheyWere() {
        Guest guest = web1();
        taken();
        world.disks.write("xen1", DISK, "later");
        gone(guest);
        world.restorer.before = () -> {
            assertThat(disk()).contains("at the start");
            throw new Failed("image-not-sent", "the line broke", "");
        };
        assertThatThrownBy(this::restore).isInstanceOf(Failed.class).hasMessageContaining("the line broke");
        assertThat(disk()).contains("later");
        assertThat(world.disks.all("xen1")).noneMatch(name -> name.contains("@kept-"));
    }

    @Test
    void aDiskThatCannotBeReplacedIsPutBack() {
        Guest guest = web1();
        taken();
        world.disks.write("xen1", DISK, "later");
        gone(guest);
        world.disks.failsToRevert = "the pool is full";
        assertThatThrownBy(this::restore).isInstanceOf(Failed.class).hasMessageContaining("the pool is full");
        assertThat(disk()).contains("later");
    }

    @Test
    void aRestoreWhoseProcessDiedIsTakenBackByTheNextCommand() {
        Guest guest = web1();
        Manifest manifest = taken();
        world.disks.write("xen1", DISK, "later");
        gone(guest);
        try (GuestLock lock = world.locks.take(guest.uuid(), "web1", RestoreCheckpoint.OPERATION, Duration.ZERO)) {
            JournalEntry entry =
                    Unfinished.begin(world.journal, RestoreCheckpoint.OPERATION, lock, "web1", world.pool.on("xen1"));
            entry.note(Unfinished.METHOD, ImageFormat.LIBXL.name());
            SnapshotMark mark =
                    new SnapshotMark(world.store.identity(), manifest.id().text(), guest.uuid());
            new RestoredDisks(
                            world.disks, world.pool.on("xen1"), new DiskSources(manifest.disks(), List.of(), List.of()))
                    .revert(mark, "20261130T020000Z-00000009", entry);
        }
        assertThat(disk()).contains("at the start");
        world.disks.write("xen1", DISK, "written after it was let run, and ended");
        assertThat(world.settle().sentences()).anyMatch(one -> one.startsWith("its disks are as they were before"));
        assertThat(disk()).contains("later");
        assertThat(world.disks.all("xen1"))
                .filteredOn(name -> name.contains("@kept-"))
                .singleElement()
                .satisfies(kept ->
                        assertThat(world.disks.read("xen1", kept)).contains("written after it was let run, and ended"));
        assertThat(world.journal.unfinished()).isEmpty();
    }

    @Test
    void memoryIsNotRestoredWhenASnapshotIsGone() {
        Guest guest = web1();
        Manifest manifest = taken();
        gone(guest);
        world.disks.lose("xen1", manifest.disks().get(0).snapshot());
        assertThatThrownBy(this::restore)
                .isInstanceOfSatisfying(
                        Refused.class,
                        refused -> assertThat(refused.reasons())
                                .extracting(Reason::code)
                                .containsExactly("snapshot-missing"));
    }

    @Test
    void onAHostWithoutTheSnapshotsItIsRefused() {
        Guest guest = web1();
        taken();
        gone(guest);
        assertThatThrownBy(() -> world.restore(
                        CheckpointWorld.restoring(Optional.of("xen2"), Optional.empty(), Optional.empty())))
                .isInstanceOfSatisfying(
                        Refused.class,
                        refused -> assertThat(refused.reasons())
                                .extracting(Reason::code)
                                .contains("snapshot-missing"));
    }

    @Test
    void whoeverAcceptsTheDriftGetsTheDisksAsTheyAre() {
        Guest guest = web1();
        taken();
        world.disks.write("xen1", DISK, "later");
        gone(guest);
        world.restore(CheckpointWorld.restoring(Optional.empty(), Optional.empty(), Optional.of("web1")));
        assertThat(disk()).contains("later");
    }

    private Manifest takenWithContent() {
        return world.create(DiskWish.CONTENT).manifest().orElseThrow();
    }

    private RestoreCheckpoint.Outcome restoreOn(String host) {
        return world.restore(CheckpointWorld.restoring(Optional.of(host), Optional.empty(), Optional.empty()));
    }

    @Test
    void theContentsOfDisksGoIntoTheStoreAndWhatDidNotChangeIsNotReadAgain() {
        web1();
        Manifest first = takenWithContent();
        assertThat(first.storedDisks()).hasSize(1);
        assertThat(world.disks.readBytes).isEqualTo(4096);
        Manifest second = takenWithContent();
        assertThat(second.storedDisks()).hasSize(1);
        assertThat(world.disks.readBytes).isEqualTo(4096);
        world.disks.write("xen1", DISK, "later");
        takenWithContent();
        assertThat(world.disks.readBytes).isEqualTo(8192);
    }

    @Test
    void onlyTheSnapshotThatTellsWhatChangesNextIsKept() {
        web1();
        Manifest reference = taken();
        Manifest first = takenWithContent();
        Manifest second = takenWithContent();
        assertThat(world.disks.all("xen1"))
                .contains(
                        reference.disks().get(0).snapshot(),
                        second.disks().get(0).snapshot())
                .doesNotContain(first.disks().get(0).snapshot());
        assertThat(sweep(world.clock.instant().plus(Duration.ofDays(9))).swept())
                .isEmpty();
    }

    @Test
    void aDiskThatCannotBeReadLeavesNeitherACheckpointNorASnapshot() {
        web1();
        world.disks.failsToRead = "the pool is broken";
        assertThatThrownBy(this::takenWithContent).hasMessageContaining("the pool is broken");
        assertThat(world.store.list()).isEmpty();
        assertThat(world.disks.all("xen1")).containsExactly(DISK);
        assertThat(world.journal.unfinished()).isEmpty();
    }

    @Test
    void onAHostWithoutTheSnapshotsTheDisksAreMadeOfTheirContents() {
        Guest guest = web1();
        takenWithContent();
        gone(guest);
        restoreOn("xen2");
        assertThat(world.disks.read("xen2", DISK)).contains("at the start");
        assertThat(world.disks.all("xen2")).containsExactly(DISK);
    }

    @Test
    void theStatesOfAnOlderCheckpointWithoutASnapshotComeFromTheStore() {
        Guest guest = web1();
        Manifest first = takenWithContent();
        world.disks.write("xen1", DISK, "later");
        takenWithContent();
        gone(guest);
        world.restore(new RestoreCheckpoint.Request(
                first.id().text(),
                Optional.empty(),
                RestoreForm.MEMORY,
                false,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                false,
                Duration.ZERO));
        assertThat(disk()).contains("at the start");
        assertThat(world.disks.all("xen1")).noneMatch(name -> name.contains("@brought-"));
    }

    @Test
    void whatARestoreElsewhereMadeIsTakenBackWhenItFails() {
        Guest guest = web1();
        takenWithContent();
        gone(guest);
        world.restorer.before = () -> {
            throw new Failed("image-not-sent", "the line broke", "");
        };
        assertThatThrownBy(() -> restoreOn("xen2")).hasMessageContaining("the line broke");
        assertThat(world.disks.all("xen2")).isEmpty();
    }

    @Test
    void aHostThatHasNoPlaceForADiskIsRefused() {
        Guest guest = web1();
        takenWithContent();
        gone(guest);
        world.disks.cannotBring.add("xen2");
        assertThatThrownBy(() -> restoreOn("xen2"))
                .isInstanceOfSatisfying(
                        Refused.class,
                        refused -> assertThat(refused.reasons())
                                .extracting(Reason::code)
                                .containsExactly("no-place-for-disk"));
        assertThat(world.disks.all("xen2")).isEmpty();
    }

    @Test
    void whatADeadRestoreBroughtGoes() {
        Guest guest = web1();
        Manifest manifest = takenWithContent();
        gone(guest);
        try (GuestLock lock = world.locks.take(guest.uuid(), "web1", RestoreCheckpoint.OPERATION, Duration.ZERO)) {
            JournalEntry entry =
                    Unfinished.begin(world.journal, RestoreCheckpoint.OPERATION, lock, "web1", world.pool.on("xen2"));
            entry.note(Unfinished.METHOD, ImageFormat.LIBXL.name());
            SnapshotMark mark =
                    new SnapshotMark(world.store.identity(), manifest.id().text(), guest.uuid());
            RestoredDisks disks = new RestoredDisks(
                    world.disks, world.pool.on("xen2"), new DiskSources(List.of(), manifest.disks(), List.of()));
            String moment = "20261130T020000Z-00000009";
            disks.bring(world.store, manifest.id(), mark, moment, entry, Progress.NONE);
            disks.revert(mark, moment, entry);
        }
        assertThat(world.disks.all("xen2")).hasSize(2);
        world.settle();
        // What took the place of nothing may have been run over, and is kept.
        assertThat(world.disks.all("xen2")).singleElement().asString().contains("@kept-");
        assertThat(world.journal.unfinished()).isEmpty();
    }

    @Test
    void aCopyHasDisksOfItsOwn() {
        web1();
        taken();
        world.disks.write("xen1", DISK, "later");
        RestoreCheckpoint.Outcome outcome =
                world.restore(CheckpointWorld.restoring(Optional.empty(), Optional.of("web1-copy"), Optional.empty()));
        assertThat(disk()).contains("later");
        String xml =
                world.pool.on("xen1").definition(outcome.guest().orElseThrow().uuid());
        String path = Definition.parse(xml).disks().get(0).path();
        assertThat(path).isNotEqualTo(DISK);
        assertThat(world.disks.read("xen1", path)).contains("at the start");
    }

    @Test
    void aCopyNeverGetsTheDisksOfTheOriginal() {
        web1();
        taken();
        assertThatThrownBy(() -> world.restore(
                        CheckpointWorld.restoring(Optional.empty(), Optional.of("web1-copy"), Optional.of("web1"))))
                .isInstanceOfSatisfying(
                        Refused.class,
                        refused -> assertThat(refused.reasons())
                                .extracting(Reason::code)
                                .containsExactly("copy-shares-disks"));
    }

    @Test
    void theDisksOfACopyThatDoesNotComeToBeAreRemoved() {
        web1();
        taken();
        world.restorer.before = () -> {
            throw new Failed("image-not-sent", "the line broke", "");
        };
        assertThatThrownBy(() -> world.restore(
                        CheckpointWorld.restoring(Optional.empty(), Optional.of("web1-copy"), Optional.empty())))
                .isInstanceOf(Failed.class);
        assertThat(world.disks.all("xen1")).noneMatch(name -> name.startsWith("/copies/"));
    }

    @Test
    void withoutItsSnapshotsThereIsNoCheckpointAndNothingIsLeft() {
        web1();
        world.disks.failsToTake = "the pool is full";
        assertThatThrownBy(world::create).isInstanceOf(Failed.class);
        assertThat(world.store.list()).isEmpty();
        assertThat(world.disks.all("xen1")).containsExactly(DISK);
        assertThat(world.journal.unfinished()).isEmpty();
    }

    @Test
    void anImageThatIsDamagedLeavesNoSnapshots() {
        web1();
        world.live.image = new byte[100];
        assertThatThrownBy(world::create).isInstanceOf(Damaged.class);
        assertThat(world.disks.all("xen1")).containsExactly(DISK);
    }

    @Test
    void aDiskThatCannotBePairedIsRefusedUnlessMemoryAloneIsWanted() {
        web1();
        world.disks.lose("xen1", DISK);
        assertThatThrownBy(world::create).isInstanceOf(Refused.class);
    }

    @Test
    void snapshotsOfDeletedCheckpointsAreSwept() {
        web1();
        Manifest first = taken();
        Manifest second = taken();
        assertThat(sweep(Instant.now()).swept()).isEmpty();
        world.store.delete(first.id());
        assertThat(sweep(Instant.now()).swept()).hasSize(1);
        assertThat(world.disks.all("xen1"))
                .containsExactly(DISK, second.disks().get(0).snapshot());
    }

    @Test
    void snapshotsOfACheckpointInTheMakingAreNotSwept() {
        web1();
        world.live.atStandstill = () -> {};
        world.live.after = () -> assertThat(sweep(Instant.now()).swept()).isEmpty();
        assertThat(taken().disks()).hasSize(1);
        assertThat(world.disks.all("xen1")).hasSize(2);
    }

    @Test
    void whatWasReplacedIsSweptAfterAWhile() {
        Guest guest = web1();
        taken();
        gone(guest);
        restore();
        Instant now = Instant.now();
        assertThat(sweep(now).swept()).isEmpty();
        assertThat(sweep(now.plus(SweepSnapshots.KEPT).plus(Duration.ofMinutes(1)))
                        .swept())
                .singleElement()
                .satisfies(one -> assertThat(one.snapshot().reference()).contains("@kept-"));
    }

    @Test
    void whatAnUnfinishedRestoreHasReplacedIsNotSweptHoweverOld() {
        Guest guest = web1();
        taken();
        gone(guest);
        restore();
        try (GuestLock lock = world.locks.take(guest.uuid(), "web1", "checkpoint restore", Duration.ZERO)) {
            JournalEntry entry = world.journal.begin("checkpoint restore", lock, "web1", "xen1");
            assertThat(sweep(Instant.now().plus(SweepSnapshots.KEPT.multipliedBy(2)))
                            .swept())
                    .isEmpty();
            world.journal.end(entry);
        }
        assertThat(sweep(Instant.now().plus(SweepSnapshots.KEPT.multipliedBy(2)))
                        .swept())
                .hasSize(1);
    }

    private ConfirmRestore.Outcome confirm(boolean dryRun, Consumer<ConfirmRestore.Outcome> announcement) {
        return new ConfirmRestore(world.pool.pool(), world.disks, world.store, world.locks, world.journal)
                .run(new ConfirmRestore.Request("web1", dryRun, Duration.ZERO), announcement);
    }

    @Test
    void aRestoreThatIsConfirmedLeavesNothingOfWhatItReplaced() {
        Guest guest = web1();
        Manifest manifest = taken();
        gone(guest);
        restore();
        assertThat(world.disks.all("xen1")).hasSize(3);
        List<ConfirmRestore.Outcome> announced = new ArrayList<>();
        assertThat(confirm(true, announced::add).states()).hasSize(1);
        assertThat(announced).isEmpty();
        assertThat(world.disks.all("xen1")).hasSize(3);
        ConfirmRestore.Outcome outcome = confirm(false, announced::add);
        assertThat(announced).containsExactly(outcome);
        assertThat(outcome.states()).singleElement().satisfies(one -> {
            assertThat(one.hostName()).isEqualTo("xen1");
            assertThat(one.state().reference()).contains("@kept-");
        });
        assertThat(world.disks.all("xen1"))
                .containsExactly(DISK, manifest.disks().get(0).snapshot());
        assertThat(confirm(false, announced::add).states()).isEmpty();
    }

    @Test
    void whatIsNotAgreedToIsKept() {
        Guest guest = web1();
        taken();
        gone(guest);
        restore();
        assertThatThrownBy(() -> confirm(false, outcome -> {
                    throw new Failed("not-agreed", "no", "");
                }))
                .isInstanceOf(Failed.class);
        assertThat(world.disks.all("xen1")).hasSize(3);
    }

    @Test
    void whatARestoreMayStillNeedIsNotConfirmed() {
        Guest guest = web1();
        taken();
        gone(guest);
        restore();
        try (GuestLock lock = world.locks.take(guest.uuid(), "web1", "test", Duration.ZERO)) {
            world.journal.begin(RestoreCheckpoint.OPERATION, lock, "web1", "xen1");
        }
        assertThatThrownBy(() -> confirm(false, outcome -> {}))
                .isInstanceOfSatisfying(
                        Refused.class,
                        refused -> assertThat(refused.reasons())
                                .extracting(Reason::code)
                                .containsExactly("unsettled"));
        assertThat(world.disks.all("xen1")).hasSize(3);
    }

    @Test
    void whatIsKeptOfAnotherGuestOrInAnotherStoreOrOnTheWayStays() {
        Guest guest = web1();
        taken();
        String moment = "20261130T030000Z-00000002";
        SnapshotMark other = new SnapshotMark(world.store.identity(), moment, new UUID(7, 7));
        SnapshotMark elsewhere = new SnapshotMark(new UUID(8, 8), moment, guest.uuid());
        SnapshotMark mine = new SnapshotMark(world.store.identity(), moment, guest.uuid());
        world.disks.keep(world.pool.on("xen1"), "a@kept-" + moment, "", other, moment);
        world.disks.keep(world.pool.on("xen1"), "b@kept-" + moment, "", elsewhere, moment);
        world.disks.keep(world.pool.on("xen1"), "c@brought-" + moment, "", mine, moment);
        world.disks.keep(world.pool.on("xen2"), "d@kept-" + moment, "", mine, moment);
        assertThat(confirm(false, outcome -> {}).states())
                .extracting(one -> one.hostName() + " " + one.state().reference())
                .containsExactly("xen2 d@kept-" + moment);
        assertThat(world.disks.all("xen1")).hasSize(5);
    }

    private RestoreCheckpoint.Request onXen2(RestoreForm form, Optional<String> shared) {
        return new RestoreCheckpoint.Request(
                "web1",
                Optional.of("xen2"),
                form,
                false,
                Optional.empty(),
                Optional.empty(),
                shared,
                Optional.empty(),
                false,
                Duration.ZERO);
    }

    private void refusedOnXen2(RestoreForm form, Optional<String> shared, String code) {
        assertThatThrownBy(() -> world.restore(onXen2(form, shared)))
                .isInstanceOfSatisfying(
                        Refused.class,
                        refused -> assertThat(refused.reasons())
                                .extracting(Reason::code)
                                .containsExactly(code));
    }

    /** Of a device that no snapshot is taken of. */
    private Manifest takenOfMemoryAlone(String identity) {
        Guest guest = web1();
        world.disks.worldwide.put("xen1 " + DISK, identity);
        Manifest manifest = world.create(DiskWish.NONE).manifest().orElseThrow();
        gone(guest);
        return manifest;
    }

    @Test
    void overADiskThatBothHostsSeeAGuestIsStartedAnewOnEither() {
        Manifest manifest = takenOfMemoryAlone("disk:lun-7:");
        assertThat(world.store.manifest(manifest.id()).diskIdentities()).containsExactly(entry("xvda", "disk:lun-7:"));
        world.disks.worldwide.put("xen2 " + DISK, "disk:lun-7:");
        assertThat(world.restore(onXen2(RestoreForm.COLD_CURRENT, Optional.empty()))
                        .hostName())
                .isEqualTo("xen2");
    }

    @Test
    void anotherDiskOfTheSamePathIsNotTakenForIt() {
        takenOfMemoryAlone("disk:lun-7:");
        refusedOnXen2(RestoreForm.COLD_CURRENT, Optional.empty(), "disk-not-shared");
        world.disks.worldwide.put("xen2 " + DISK, "disk:lun-8:");
        refusedOnXen2(RestoreForm.COLD_CURRENT, Optional.empty(), "disk-not-shared");
        refusedOnXen2(RestoreForm.COLD_CURRENT, Optional.of("web2"), "shared-disks-of-another");
        assertThat(world.restore(onXen2(RestoreForm.COLD_CURRENT, Optional.of("web1")))
                        .hostName())
                .isEqualTo("xen2");
    }

    @Test
    void aThinVolumeIsUsedOnOneHostAtATime() {
        takenOfMemoryAlone("thin:LVM-abc");
        world.disks.worldwide.put("xen2 " + DISK, "thin:LVM-abc");
        refusedOnXen2(RestoreForm.COLD_CURRENT, Optional.empty(), "thin-pool-elsewhere");
        world.disks.worldwide.remove("xen1 " + DISK);
        assertThat(world.restore(onXen2(RestoreForm.COLD_CURRENT, Optional.empty()))
                        .hostName())
                .isEqualTo("xen2");
    }

    @Test
    void aSnapshotThatAnotherHostSeesIsUsedThereOnlyWhileNobodyElseHasItsPool() {
        world.disks.engine = Engine.LVM_THIN;
        Guest guest = web1();
        Manifest manifest = taken();
        world.disks.write("xen2", manifest.disks().get(0).snapshot(), "at the start");
        gone(guest);
        world.disks.holdsPool.add("xen1");
        refusedOnXen2(RestoreForm.MEMORY, Optional.empty(), "thin-pool-elsewhere");
        world.disks.holdsPool.clear();
        world.disks.holdsPool.add("xen2");
        assertThat(world.restore(onXen2(RestoreForm.MEMORY, Optional.empty())).hostName())
                .isEqualTo("xen2");
    }

    @Test
    void theirTimeIsPartOfTheNextPrediction() {
        web1();
        CreateCheckpoint.Outcome first = world.create();
        CreateCheckpoint.Outcome second = world.create();
        assertThat(first.predictionBasis()).contains("assumed");
        assertThat(second.predictionBasis())
                .contains("30 ms of it for the snapshots of disks, as measured on this host");
    }

    @Test
    void ofAHookNobodyAssumesThatItIsAsFastAsAnEngine() {
        Guest guest = web1();
        taken();
        SurveyedDisk disk = SurveyedDisk.at(
                new Disk("xvda", Disk.Source.FILE, DISK, "raw", true),
                new DiskPlace(Engine.EXTERNAL, "array:lun7", "1", 100));
        PausePrediction prediction =
                PausePrediction.of(world.store.list(), guest.uuid(), "xen1", Method.LIVE, 16L << 20, List.of(disk));
        assertThat(prediction.pause()).isGreaterThanOrEqualTo(DiskSnapshots.TAKING_MAX);
        assertThat(prediction.basis()).contains("the most that disk hook 'array' may take");
    }

    @Test
    void startedAnewOverItsDisksAsTheyAreNothingIsReplaced() {
        Guest guest = web1();
        taken();
        world.disks.write("xen1", DISK, "later");
        gone(guest);
        world.restorer.before = () -> {
            throw new AssertionError("its memory is not wanted");
        };
        RecoverGuest.Outcome outcome = world.recover(RestoreForm.COLD_CURRENT);
        assertThat(outcome.chosen()).isEqualTo(RestoreForm.COLD_CURRENT);
        assertThat(disk()).contains("later");
        assertThat(outcome.prospects().get(0).disksLost()).isZero();
        assertThat(outcome.prospects().get(0).memoryLost()).isTrue();
    }

    @Test
    void startedAnewOverTheStatesOfThenTheyAreReplaced() {
        Guest guest = web1();
        taken();
        world.disks.write("xen1", DISK, "later");
        gone(guest);
        RecoverGuest.Outcome outcome = world.recover(RestoreForm.COLD_PAIRED);
        assertThat(disk()).contains("at the start");
        assertThat(outcome.restored().notes()).anyMatch(note -> note.contains("is kept as"));
    }

    @Test
    void withoutItsSnapshotsTheNextFormIsTaken() {
        Guest guest = web1();
        Manifest manifest = taken();
        world.disks.write("xen1", DISK, "later");
        gone(guest);
        world.disks.lose("xen1", manifest.disks().get(0).snapshot());
        RecoverGuest.Outcome outcome =
                world.recover(RestoreForm.MEMORY, RestoreForm.COLD_PAIRED, RestoreForm.COLD_CURRENT);
        assertThat(outcome.chosen()).isEqualTo(RestoreForm.COLD_CURRENT);
        assertThat(outcome.prospects()).extracting(RecoverGuest.Prospect::open).containsExactly(false, false, true);
        assertThat(disk()).contains("later");
    }

    @Test
    void aGuestThatRunsIsNotRecoveredInAnyForm() {
        web1();
        taken();
        assertThatThrownBy(() -> world.recover(RestoreForm.MEMORY, RestoreForm.COLD_CURRENT))
                .isInstanceOfSatisfying(
                        Refused.class,
                        refused -> assertThat(refused.reasons())
                                .extracting(Reason::code)
                                .containsExactly("guest-still-runs"));
        assertThat(world.disks.all("xen1")).hasSize(2);
    }

    @Test
    void whatEachFormLosesIsSaidBeforeAnythingIsTouched() {
        Guest guest = web1();
        taken();
        gone(guest);
        world.restorer.before = () -> {
            assertThat(world.prospects).hasSize(3);
            throw new Failed("image-not-sent", "the line broke", "");
        };
        assertThatThrownBy(() -> world.recover(RestoreForm.MEMORY, RestoreForm.COLD_CURRENT, RestoreForm.COLD_PAIRED))
                .hasMessageContaining("the line broke");
        assertThat(world.pool.on("xen1").guests()).isEmpty();
    }

    @Test
    void theHostsAreConnectedToOnceForAllForms() {
        Guest guest = web1();
        taken();
        gone(guest);
        int before = world.pool.connections();
        world.recover(RestoreForm.MEMORY, RestoreForm.COLD_CURRENT, RestoreForm.COLD_PAIRED);
        assertThat(world.pool.connections() - before).isEqualTo(2);
    }
}
