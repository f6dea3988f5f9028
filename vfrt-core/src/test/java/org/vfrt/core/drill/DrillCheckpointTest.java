package org.vfrt.core.drill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.core.checkpoint.Manifest;
import org.vfrt.core.checkpoint.SettleUnfinished;
import org.vfrt.core.failure.Busy;
import org.vfrt.core.failure.Damaged;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.NotFound;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.failure.Temporary;
import org.vfrt.core.journal.GuestLock;
import org.vfrt.core.pool.Definition;
import org.vfrt.core.pool.GuestState;
import org.vfrt.core.sign.Sign;

final class DrillCheckpointTest {

    private static final DrillOrder NO_NETWORK = DrillWorld.order(new Sign.Console("login"), DrillNetwork.NONE);

    private DrillWorld world;
    private Path directory;

    @BeforeEach
    void begin(@TempDir Path temporary) {
        directory = temporary;
        world = new DrillWorld(temporary);
    }

    private void nothingIsLeft() {
        assertThat(world.left()).isEmpty();
        // Nor has anything been done to the guest.
        assertThat(world.world.pool.on("xen1").guest(world.original.uuid())).contains(world.original);
        assertThat(world.world.disks.read("xen1", DrillWorld.DISK)).contains("at the start");
    }

    private DrillRecord recorded() {
        List<DrillRecord> records = world.records.of(world.original.uuid());
        return records.get(records.size() - 1);
    }

    private void failed(DrillCheckpoint.Outcome outcome, String code) {
        assertThat(outcome.failure()).get().isInstanceOf(Damaged.class);
        assertThat(outcome.failure().get().code()).isEqualTo(code);
        assertThat(outcome.record().result()).isEqualTo(DrillRecord.Result.FAILED);
        assertThat(recorded()).isEqualTo(outcome.record());
        assertThat(recorded().code()).isEqualTo(code);
        assertThat(recorded().rto()).isEmpty();
        nothingIsLeft();
    }

    private void notRun(DrillCheckpoint.Outcome outcome, String code) {
        assertThat(outcome.record().result()).isEqualTo(DrillRecord.Result.NOT_RUN);
        assertThat(recorded()).isEqualTo(outcome.record());
        assertThat(recorded().code()).isEqualTo(code);
        assertThat(world.records.lastOf(world.original.uuid())).isEmpty();
        nothingIsLeft();
    }

    @Test
    void aCopyThatShowsTheSignPassesAndIsTakenAwayWithAllThatWasMadeForIt() {
        Manifest manifest = world.taken();
        DrillCheckpoint.Outcome outcome = world.drill();
        assertThat(outcome.failure()).isEmpty();
        assertThat(recorded()).isEqualTo(outcome.record());
        assertThat(recorded().result()).isEqualTo(DrillRecord.Result.PASSED);
        assertThat(recorded().checkpoint()).contains(manifest.id().text());
        assertThat(recorded().host()).contains("xen1");
        assertThat(recorded().rto()).isPresent();
        assertThat(outcome.hostReason()).isEqualTo("the checkpoint was taken there");
        nothingIsLeft();
    }

    @Test
    void theTimeItTookIsTheSumOfItsParts() {
        world.taken();
        world.restorer.before = () -> world.pass(Duration.ofSeconds(8));
        int[] looks = {0};
        world.ground.sign = () -> ++looks[0] < 5 ? Optional.empty() : Optional.of("login:");
        DrillRecord record = world.drill().record();
        assertThat(record.memory().orElseThrow()).isBetween(Duration.ofSeconds(8), Duration.ofSeconds(9));
        assertThat(record.signOfLife().orElseThrow()).isBetween(Duration.ofSeconds(2), Duration.ofSeconds(3));
        assertThat(record.rto())
                .contains(record.disks()
                        .orElseThrow()
                        .plus(record.memory().orElseThrow())
                        .plus(record.signOfLife().orElseThrow()));
    }

    @Test
    void theCopyMeetsNobody() {
        world.taken();
        world.drill(DrillWorld.request(NO_NETWORK));
        Definition copy = world.restorer.restored.orElseThrow();
        assertThat(copy.name()).isEqualTo("drill-web1");
        assertThat(copy.uuid()).isNotEqualTo(world.original.uuid());
        assertThat(copy.interfaces()).isZero();
        assertThat(copy.labels()).containsExactly(java.util.Map.entry("drill", "web1"));
        assertThat(copy.writableDiskPaths()).containsExactly("/copies/drill-web1.xvda");
        assertThat(copy.xml())
                .contains("<on_crash>preserve</on_crash>", "<on_reboot>destroy</on_reboot>", "urn:other")
                .contains("<console type=\"pty\">")
                .doesNotContain("/var/log/web1", "5901", "gold");
        assertThat(world.restorer.persistent).isFalse();
    }

    @Test
    void onAPrivateNetworkEachInterfaceIsOnABridgeOfItsOwn() {
        world.taken();
        Sign sign = new Sign.Tcp("10.0.0.7", 25);
        assertThat(world.drill(DrillWorld.request(DrillWorld.order(sign, DrillNetwork.PRIVATE)))
                        .failure())
                .isEmpty();
        Definition copy = world.restorer.restored.orElseThrow();
        String name = "vfrtd" + copy.uuid().toString().substring(0, 8);
        assertThat(copy.networks()).containsExactly(name + "0", name + "1");
        assertThat(copy.xml()).doesNotContain("xenbr0", "network=", "vif1.0", "<vlan>");
        assertThat(world.ground.met).contains("10.0.0.7");
        nothingIsLeft();
    }

    @Test
    void aSignThatIsNotSeenInTimeFailsTheDrill() {
        world.taken();
        world.ground.sign = Optional::empty;
        DrillCheckpoint.Outcome outcome = world.drill();
        failed(outcome, "sign-not-seen");
        assertThat(outcome.failure().get()).hasMessageContaining("within 30 s; instead: 'nothing'");
        assertThat(outcome.record().memory()).isPresent();
    }

    @Test
    void aProgramThatSaysNoFailsTheDrill() {
        world.taken();
        world.ground.sign = () -> {
            throw new Failed("script-failed", "'/check' ended with 1: no database", "");
        };
        failed(world.drill(), "script-failed");
    }

    @Test
    void aCopyThatCrashesFailsTheDrill() {
        world.taken();
        world.restorer.after = state -> GuestState.CRASHED;
        failed(world.drill(), "guest-crashed");
    }

    @Test
    void aCopyThatEndsFailsTheDrillThoughItsSignWasSeen() {
        world.taken();
        world.restorer.after = state -> GuestState.SHUT_OFF;
        failed(world.drill(), "guest-ended");
    }

    @Test
    void withTheWeakSignACopyWhoseCpuTimeStandsStillFails() {
        world.taken();
        DrillCheckpoint.Outcome outcome =
                world.drill(DrillWorld.request(DrillWorld.order(Sign.usual(), DrillNetwork.NONE)));
        failed(outcome, "sign-not-seen");
        assertThat(outcome.record().weak()).isTrue();
    }

    @Test
    void withTheWeakSignACopyWhoseCpuTimeGrowsPassesAfterAWhile() {
        world.taken();
        world.meanwhile = () -> {
            UUID copy = world.restorer.restored.orElseThrow().uuid();
            var host = world.world.pool.on("xen1");
            host.guest(copy)
                    .ifPresent(guest -> host.add(
                            new org.vfrt.core.pool.Guest(
                                    guest.name(),
                                    copy,
                                    9,
                                    GuestState.BLOCKED,
                                    guest.cpuTime().plusMillis(3),
                                    1,
                                    1,
                                    false),
                            host.definition(copy)));
        };
        DrillRecord record = world.drill(DrillWorld.request(DrillWorld.order(Sign.usual(), DrillNetwork.NONE)))
                .record();
        assertThat(record.result()).isEqualTo(DrillRecord.Result.PASSED);
        assertThat(record.signOfLife().orElseThrow()).isGreaterThanOrEqualTo(Duration.ofSeconds(5));
        nothingIsLeft();
    }

    @Test
    void aDamagedCheckpointFailsTheDrillAndIsNotedAsDamaged() throws IOException {
        Manifest manifest = world.taken();
        damage(manifest);
        failed(world.drill(), "image-damaged");
        assertThat(world.world.store.damaged()).containsOnlyKeys(manifest.id());
    }

    private void damage(Manifest manifest) throws IOException {
        Path pack = directory
                .resolve("store/checkpoints")
                .resolve(manifest.id().text())
                .resolve("pack");
        byte[] bytes = Files.readAllBytes(pack);
        bytes[bytes.length / 4] ^= 1;
        Files.write(pack, bytes);
    }

    @Test
    void aSnapshotThatIsNotThereFailsTheDrillBeforeAnythingIsMade() {
        Manifest manifest = world.taken();
        world.world.disks.lose("xen1", manifest.disks().get(0).snapshot());
        failed(world.drill(), "snapshot-missing");
        assertThat(world.restorer.restored).isEmpty();
    }

    @Test
    void aRestoreThatDoesNotWorkFailsTheDrill() {
        world.taken();
        world.restorer.before = () -> {
            throw new Failed("restore-failed", "libxl says no", "");
        };
        failed(world.drill(), "restore-failed");
    }

    @Test
    void aHostWithoutMemoryMeansThatTheDrillIsNotRun() {
        world.taken();
        world.world.pool.on("xen1").freeMemory(4 << 20);
        world.world.pool.on("xen2").freeMemory(4 << 20);
        DrillCheckpoint.Outcome outcome = world.drill();
        notRun(outcome, "no-host-fits");
        assertThat(outcome.failure()).get().isInstanceOf(Refused.class);
        notRun(
                world.drill(new DrillCheckpoint.Request(
                        "web1", Optional.empty(), Optional.of("xen1"), NO_NETWORK, false, Duration.ZERO)),
                "not-enough-memory");
    }

    @Test
    void aHostThatFallsSilentInTheMiddleMeansThatTheDrillIsNotRun() {
        world.taken();
        world.restorer.before = () -> {
            throw new Temporary("host-silent", "host 'xen1' does not answer", "");
        };
        notRun(world.drill(), "host-silent");
    }

    @Test
    void aCheckpointWhoseDisksAreNotPairedIsNotTried() {
        world.world.create(new org.vfrt.core.checkpoint.CreateCheckpoint.Request(
                "web1",
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                Optional.empty(),
                org.vfrt.core.checkpoint.DiskWish.NONE,
                false,
                Duration.ZERO));
        notRun(world.drill(), "copy-shares-disks");
        assertThat(world.restorer.restored).isEmpty();
    }

    @Test
    void aNameThatIsTakenIsLeftToItsOwner() {
        world.taken();
        world.world
                .pool
                .on("xen1")
                .addRunning(
                        "drill-web1",
                        "<domain type='xen'><name>drill-web1</name><uuid>99999999-2222-3333-4444-555555555555</uuid>"
                                + "<memory unit='MiB'>16</memory><os><type>xenpvh</type></os></domain>");
        DrillCheckpoint.Outcome outcome = world.drill();
        assertThat(outcome.record().code()).isEqualTo("name-taken");
        assertThat(world.left()).containsExactly("drill-web1");
    }

    @Test
    void aDiskOfThatNameIsLeftToItsOwner() {
        world.taken();
        world.world.disks.write("xen1", "/copies/drill-web1.xvda", "somebody's");
        DrillCheckpoint.Outcome outcome = world.drill();
        assertThat(outcome.record().code()).isEqualTo("copy-exists");
        assertThat(outcome.record().result()).isEqualTo(DrillRecord.Result.NOT_RUN);
        assertThat(world.world.disks.read("xen1", "/copies/drill-web1.xvda")).contains("somebody's");
        assertThat(world.world.journal.pending()).isEmpty();
    }

    @Test
    void whatTheHostLacksIsSaidBeforeAnythingIsMade() {
        world.taken();
        world.ground.obstacles.add(new Reason("no-command", "the host has no 'ip'", "Install it."));
        notRun(world.drill(), "no-command");
        assertThat(world.restorer.restored).isEmpty();
    }

    @Test
    void aNetworkThatIsHalfMadeIsTakenAwayAndTheDrillNotRun() {
        world.taken();
        world.ground.failsToMake = "no bridges in this kernel";
        notRun(world.drill(), "drill-network");
        assertThat(world.restorer.restored).isEmpty();
    }

    @Test
    void aGuestThatSomebodyReliesOnAndThatHasNoCheckpointFails() {
        DrillCheckpoint.Outcome outcome = world.drill(new DrillCheckpoint.Request(
                world.original.uuid().toString(),
                Optional.of(world.original),
                Optional.empty(),
                NO_NETWORK,
                false,
                Duration.ZERO));
        failed(outcome, "no-checkpoint");
        assertThatThrownBy(() -> world.drill()).isInstanceOf(NotFound.class);
    }

    @Test
    void whatCannotBeTakenAwayIsSaidAndTakenAwayByTheNextCommand() {
        world.taken();
        world.ground.failsToRemove = "the bridge is busy";
        DrillCheckpoint.Outcome outcome = world.drill();
        assertThat(outcome.failure()).get().isInstanceOf(Failed.class);
        assertThat(outcome.failure().get().getMessage())
                .contains("the bridge is busy", "network namespace", "the sign of life was seen");
        assertThat(recorded().result()).isEqualTo(DrillRecord.Result.FAILED);
        assertThat(recorded().code()).isEqualTo("drill-left");
        assertThat(world.left()).isNotEmpty();
        assertThat(world.settle().left()).extracting(Reason::code).containsExactly("drill-network");
        // Until then no other of this guest.
        assertThat(world.drill().record().code()).isEqualTo("unsettled");
        world.ground.failsToRemove = "";
        assertThat(world.settle().left()).isEmpty();
        nothingIsLeft();
        assertThat(world.drill().record().result()).isEqualTo(DrillRecord.Result.PASSED);
    }

    @Test
    void aDrillThatIsInterruptedEndsSoonAndTakesAllAway() {
        world.taken();
        world.ground.sign = Optional::empty;
        boolean[] interrupted = {false};
        world.meanwhile = () -> interrupted[0] = true;
        DrillCheckpoint.Outcome outcome = world.drill(DrillWorld.request(NO_NETWORK), () -> interrupted[0]);
        notRun(outcome, "interrupted");
    }

    @Test
    void aBugTakesAllAwayToo() {
        world.taken();
        world.ground.sign = () -> {
            throw new IllegalStateException("a bug");
        };
        assertThatThrownBy(() -> world.drill()).isInstanceOf(IllegalStateException.class);
        nothingIsLeft();
    }

    @Test
    void oneDrillOfAGuestAtATime() {
        world.taken();
        try (GuestLock lock = world.world.locks.take(
                DrillCopy.lockOf(world.original.uuid()), "web1", DrillCheckpoint.OPERATION, Duration.ZERO)) {
            assertThat(lock.guest()).isNotEqualTo(world.original.uuid());
            assertThatThrownBy(() -> world.drill()).isInstanceOf(Busy.class);
        }
    }

    @Test
    void theGuestItselfIsNotHeldWhileItIsTriedAndItsCopyIs() {
        world.taken();
        world.ground.sign = () -> {
            world.world
                    .locks
                    .take(world.original.uuid(), "web1", "checkpoint create", Duration.ZERO)
                    .close();
            UUID copy = world.restorer.restored.orElseThrow().uuid();
            assertThatThrownBy(() -> world.world.locks.take(copy, "copy", "checkpoint create", Duration.ZERO))
                    .isInstanceOf(Busy.class);
            return Optional.of("it lives");
        };
        assertThat(world.drill().failure()).isEmpty();
    }

    @Test
    void aDryRunSaysWhereAndChangesNothing() {
        world.taken();
        DrillCheckpoint.Outcome outcome = world.drill(new DrillCheckpoint.Request(
                "web1", Optional.empty(), Optional.empty(), NO_NETWORK, true, Duration.ZERO));
        assertThat(outcome.failure()).isEmpty();
        assertThat(outcome.record().host()).contains("xen1");
        assertThat(world.records.all()).isEmpty();
        assertThat(world.restorer.restored).isEmpty();
        nothingIsLeft();
    }

    @Test
    void whereThereIsNoSnapshotTheDisksOfTheCopyAreMadeOfWhatTheStoreHolds() {
        world.takenIntoStore();
        String[] disk = {""};
        world.restorer.before = () -> disk[0] =
                world.world.disks.read("xen2", "/copies/drill-web1.xvda").orElseThrow();
        DrillCheckpoint.Outcome outcome = world.drill(new DrillCheckpoint.Request(
                "web1", Optional.empty(), Optional.of("xen2"), NO_NETWORK, false, Duration.ZERO));
        assertThat(outcome.record().host()).contains("xen2");
        assertThat(disk[0]).isEqualTo("at the start");
        nothingIsLeft();
    }

    @Test
    void whatWasMadeForADrillThatFailsIsGone() {
        world.takenIntoStore();
        world.restorer.before = () -> {
            throw new Failed("restore-failed", "libxl says no", "");
        };
        failed(world.drill(), "restore-failed");
        nothingIsLeft();
    }

    @Test
    void whereverTheProcessDiesTheNextCommandLeavesNothing() {
        world.taken();
        leavesNothingWhereverItDies();
    }

    @Test
    void whereverItDiesWithDisksOutOfTheStoreTheNextCommandLeavesNothing() {
        world.takenIntoStore();
        leavesNothingWhereverItDies();
    }

    private void leavesNothingWhereverItDies() {
        int deaths = 0;
        for (int step = 1; world.diesAt(step); step++) {
            deaths++;
            SettleUnfinished.Settlement settlement = world.settle();
            assertThat(settlement.left()).as("death at step " + step).isEmpty();
            assertThat(world.left()).as("death at step " + step).isEmpty();
            nothingIsLeft();
            assertThat(world.settle().sentences()).isEmpty();
        }
        // The whole of a drill: the way to the hosts, disks, memory, sign and all that is taken away.
        assertThat(deaths).isGreaterThan(40);
        assertThat(recorded().result()).isEqualTo(DrillRecord.Result.PASSED);
        assertThat(world.records.of(world.original.uuid()))
                .filteredOn(record -> record.code().equals("process-gone"))
                .hasSizeGreaterThan(20);
    }
}
