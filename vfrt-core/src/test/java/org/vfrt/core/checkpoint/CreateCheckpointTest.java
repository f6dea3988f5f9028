package org.vfrt.core.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.core.failure.Busy;
import org.vfrt.core.failure.Damaged;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.failure.Temporary;
import org.vfrt.core.journal.GuestLock;
import org.vfrt.core.pool.Definition;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.GuestState;

final class CreateCheckpointTest {

    private CheckpointWorld world;

    @BeforeEach
    void begin(@TempDir Path directory) {
        world = new CheckpointWorld(directory);
    }

    @Test
    void aRunningGuestGetsACheckpointThatVerifies() {
        world.web1On("xen2");
        CreateCheckpoint.Outcome outcome = world.create();
        Manifest manifest = outcome.manifest().orElseThrow();
        assertThat(world.store.list()).containsExactly(manifest);
        assertThat(manifest.hostName()).isEqualTo("xen2");
        assertThat(manifest.method()).isEqualTo(Method.LIVE);
        assertThat(manifest.pause()).isEqualTo(Duration.ofMillis(120));
        // Pages that were sent again are kept once.
        assertThat(manifest.imageBytes()).isPositive().isLessThan(world.live.image.length);
        assertThat(new VerifyCheckpoint(world.store, world.clock)
                        .run(manifest.id(), Progress.NONE)
                        .manifest())
                .isEqualTo(manifest);
        assertThat(world.store.verified()).containsOnlyKeys(manifest.id());
        assertThat(world.journal.unfinished()).isEmpty();
    }

    @Test
    void theSecondPauseIsPredictedFromTheFirst() {
        world.web1On("xen1");
        assertThat(world.create().predictionBasis()).contains("nothing measured yet");
        CreateCheckpoint.Outcome second = world.create();
        assertThat(second.predictedPause()).isEqualTo(Duration.ofMillis(120));
        assertThat(second.predictionBasis()).contains("last 1 measured on this guest");
    }

    @Test
    void whatASmallGuestCostIsScaledForABigOneWhereAllMemoryIsWritten() {
        world.web1On("xen1");
        world.create(with(Optional.empty(), Optional.of(Method.SAVE), false));
        long memory = world.store.list().get(0).memoryBytes();
        UUID other = UUID.randomUUID();
        assertThat(PausePrediction.of(world.store.list(), other, "xen1", Method.SAVE, 8 * memory, List.of())
                        .pause())
                .isEqualTo(Duration.ofMillis(960));
        assertThat(PausePrediction.of(world.store.list(), other, "xen1", Method.SAVE, memory / 2, List.of())
                        .pause())
                .isEqualTo(Duration.ofMillis(120));
    }

    @Test
    void aPredictionAboveTheLimitRefusesBeforeTheGuestIsTouched() {
        world.web1On("xen1");
        world.live.during = () -> {
            throw new AssertionError("the guest was touched");
        };
        assertThatThrownBy(() -> world.create(with(Optional.of(Duration.ofMillis(1)), Optional.empty(), false)))
                .isInstanceOfSatisfying(
                        Refused.class,
                        refused -> assertThat(refused.reasons())
                                .extracting(Reason::text)
                                .singleElement()
                                .asString()
                                .contains("1 ms are allowed"));
    }

    @Test
    void whatTheTestDriversGuestsClaimToNeedIsNotAskedOfTheStore() {
        Definition huge = Definition.parse("""
                <domain type='test'><name>web1</name><uuid>11111111-2222-3333-4444-555555555555</uuid>
                <memory unit='TiB'>8</memory><vcpu>1</vcpu><os><type>hvm</type></os></domain>
                """);
        assertThat(CaptureRules.space(world.store, world.store.list(), huge.uuid(), huge))
                .isEmpty();
    }

    @Test
    void everyReasonIsGivenAtOnce() {
        Guest guest = world.web1WithDiskOn("xen1");
        world.pool.on("xen1").set(guest.uuid(), GuestState.PAUSED);
        assertThatThrownBy(world::create)
                .isInstanceOfSatisfying(
                        Refused.class,
                        refused -> assertThat(refused.reasons())
                                .extracting(Reason::code)
                                .containsExactly("guest-paused", "disk-missing"));
    }

    @Test
    void aGuestWithDisksIsCapturedWhenItsMemoryAloneIsWanted() {
        world.web1WithDiskOn("xen1");
        Manifest manifest = world.create(with(Optional.empty(), Optional.empty(), true))
                .manifest()
                .orElseThrow();
        assertThat(manifest.unpairedDisks()).containsExactly("xvda");
        assertThat(manifest.tags()).containsExactly(new Tag("nightly"));
    }

    @Test
    void aGuestThatXenHasPausedIsRefusedWhateverLibvirtSays() {
        Guest guest = world.web1On("xen1");
        world.pool.on("xen1").pauseOutside(guest.uuid());
        assertThatThrownBy(world::create)
                .isInstanceOfSatisfying(
                        Refused.class, refused -> assertThat(refused.code()).isEqualTo("guest-paused"));
    }

    @Test
    void aGuestInALibvirtJobIsLeftAlone() {
        Guest guest = world.web1On("xen1");
        world.pool.on("xen1").beginJob(guest.uuid());
        assertThatThrownBy(world::create)
                .isInstanceOfSatisfying(
                        Refused.class, refused -> assertThat(refused.code()).isEqualTo("guest-in-job"));
    }

    @Test
    void whatCannotBeDoneLiveIsDoneBySaveAndTheReasonIsSaid() {
        world.web1On("xen1");
        world.live.obstacles.add(new Reason("pv-guest", "it is a PV guest", ""));
        CreateCheckpoint.Outcome outcome = world.create();
        assertThat(outcome.method()).isEqualTo(Method.SAVE);
        assertThat(outcome.methodReason()).isEqualTo("not live: it is a PV guest");
    }

    @Test
    void thePlanIsSaidBeforeTheGuestIsTouched() {
        world.web1On("xen1");
        world.live.during = () -> assertThat(world.announced).hasSize(1);
        world.create();
        assertThat(world.announced.get(0).predictedPause()).isPositive();
        assertThat(world.announced.get(0).manifest()).isEmpty();
    }

    @Test
    void aMethodThatWasAskedForIsNotReplacedByAnother() {
        world.web1On("xen1");
        world.live.obstacles.add(new Reason("pv-guest", "it is a PV guest", ""));
        assertThatThrownBy(() -> world.create(with(Optional.empty(), Optional.of(Method.LIVE), false)))
                .isInstanceOf(Refused.class);
    }

    @Test
    void anImageThatIsCutShortLeavesNoCheckpoint() {
        world.web1On("xen1");
        world.live.image = Arrays.copyOf(world.live.image, world.live.image.length - 8);
        assertThatThrownBy(world::create).isInstanceOf(Damaged.class).hasMessageContaining("cut short");
        assertThat(world.store.list()).isEmpty();
        assertThat(world.journal.unfinished()).isEmpty();
    }

    @Test
    void aGuestThatStaysSuspendedStaysInTheJournalUntilItIsSettled() {
        world.web1On("xen1");
        world.live.leavesGuestSuspended = true;
        assertThatThrownBy(world::create).isInstanceOf(Failed.class);
        world.live.leavesGuestSuspended = false;
        assertThatThrownBy(world::create)
                .isInstanceOfSatisfying(
                        Refused.class, refused -> assertThat(refused.code()).isEqualTo("unsettled"));
        assertThat(world.settle().sentences()).anyMatch(sentence -> sentence.contains("made sure of"));
        assertThat(world.live.settled).hasSize(1);
        assertThat(world.settle().sentences()).isEmpty();
        assertThat(world.create().manifest()).isPresent();
    }

    @Test
    void aHostThatIsSilentKeepsTheEntryForLater() {
        world.web1On("xen1");
        world.live.leavesGuestSuspended = true;
        assertThatThrownBy(world::create).isInstanceOf(Failed.class);
        world.pool.silence("xen1");
        assertThat(world.settle().left()).extracting(Reason::code).containsExactly("unsettled");
        assertThat(world.settle().left()).isNotEmpty();
    }

    @Test
    void aGuestThatIsHeldByAnotherOperationIsBusy() {
        Guest guest = world.web1On("xen1");
        try (GuestLock lock = world.locks.take(guest.uuid(), "web1", "checkpoint restore", Duration.ZERO)) {
            assertThatThrownBy(world::create).isInstanceOf(Busy.class).hasMessageContaining("checkpoint restore");
            assertThat(lock.guest()).isEqualTo(guest.uuid());
        }
        assertThat(world.create().manifest()).isPresent();
    }

    @Test
    void aDryRunChangesNothing() {
        world.web1On("xen1");
        CreateCheckpoint.Request request = CheckpointWorld.request();
        CreateCheckpoint.Outcome outcome = world.create(new CreateCheckpoint.Request(
                request.guest(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                Optional.empty(),
                DiskWish.REFERENCE,
                true,
                Duration.ZERO));
        assertThat(outcome.manifest()).isEmpty();
        assertThat(world.store.list()).isEmpty();
    }

    @Test
    void aGuestThatNoAnsweringHostKnowsMayBeOnASilentOne() {
        world.pool.silence("xen2");
        assertThatThrownBy(world::create)
                .isInstanceOfSatisfying(
                        Temporary.class, failure -> assertThat(failure.hint()).contains("xen2"));
    }

    @Test
    void aGuestThatRunsTwiceIsNotTouched() {
        world.web1On("xen1");
        world.web1On("xen2");
        assertThatThrownBy(world::create).isInstanceOf(Refused.class).hasMessageContaining("'xen1', 'xen2'");
    }

    private static CreateCheckpoint.Request with(
            Optional<Duration> maxPause, Optional<Method> method, boolean memoryOnly) {
        return new CreateCheckpoint.Request(
                "web1",
                Optional.empty(),
                method,
                maxPause,
                List.of(new Tag("nightly")),
                Optional.empty(),
                memoryOnly ? DiskWish.NONE : DiskWish.REFERENCE,
                false,
                Duration.ZERO);
    }
}
