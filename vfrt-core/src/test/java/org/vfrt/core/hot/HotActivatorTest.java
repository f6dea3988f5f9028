package org.vfrt.core.hot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.core.checkpoint.RestoreForm;
import org.vfrt.core.checkpoint.Unfinished;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.journal.GuestLock;
import org.vfrt.core.journal.JournalEntry;
import org.vfrt.core.standby.Activator;
import org.vfrt.core.standby.Tier;

/** A guest whose epochs are kept is started from the last one, on the claim's host alone, and by its permit. */
@Timeout(60)
final class HotActivatorTest {

    @TempDir
    private Path directory;

    private HotWorld world = new HotWorld(Path.of("."));
    private final List<Activator.Way> announced = new ArrayList<>();

    @BeforeEach
    void aGuestWasReceivedAndItsClaimIsXen2s() {
        world = new HotWorld(directory);
        world.received();
        world.permits.put("xen2", 7L);
        world.pool.silence("xen1");
    }

    private Activator.Way start() {
        return world.activator().start(world.startOn("xen2", 7), announced::addAll);
    }

    private void begun(String operation, String host) {
        try (GuestLock lock = world.locks().take(HotWorld.WEB1, "web1", "test", Duration.ZERO)) {
            Unfinished.begin(world.journal(), operation, lock, "web1", world.pool.on(host));
        }
    }

    @Test
    void theLastCompleteEpochIsStartedAndWhatIsLostIsSaidBefore() {
        Activator.Way way = start();

        assertThat(way).isEqualTo(new Activator.Way("epoch", Duration.ofMillis(1500), List.of()));
        assertThat(announced).containsExactly(way);
        assertThat(world.jobs).hasSize(1);
        assertThat(world.jobs.get(0).target().host().name()).isEqualTo("xen2");
        assertThat(world.jobs.get(0).definition().xml()).isEqualTo(HotWorld.DEFINITION);
        assertThat(world.images.get(0)).isEqualTo(HotWorld.STREAM.normalFormOf(3));
        assertThat(world.journal().about(HotWorld.WEB1)).isEmpty();
    }

    @Test
    void withoutThePermitOfThisVeryEpochNothingIsBegun() {
        world.permits.put("xen2", 8L);

        assertThatThrownBy(this::start).isInstanceOf(Refused.class).hasMessageContaining("no permit of epoch 7");
        assertThat(world.jobs).isEmpty();
        assertThat(announced).isEmpty();
    }

    @Test
    void aCheckpointThatIsNewerLosesLess() {
        world.checkpoint = Optional.of(HotWorld.RECEIVED.plusMillis(500));

        assertThat(start().form()).isEqualTo("memory");
        assertThat(world.others).hasSize(1);
        assertThat(world.jobs).isEmpty();
    }

    @Test
    void aCheckpointThatIsOlderDoesNotCount() {
        world.checkpoint = Optional.of(HotWorld.RECEIVED.minusSeconds(300));

        assertThat(start().form()).isEqualTo("epoch");
    }

    @Test
    void aPolicyThatWantsNoMemoryGetsNoEpoch() {
        Activator.Start cold = new Activator.Start(
                HotWorld.WEB1,
                "web1",
                world.startOn("xen2", 7).place(),
                7,
                Optional.of("xen1"),
                List.of(RestoreForm.COLD_CURRENT));

        world.activator().start(cold, announced::addAll);

        assertThat(world.others).containsExactly(cold);
        assertThat(world.jobs).isEmpty();
    }

    @Test
    void whereNoEpochIsKeptAnotherFormIsTaken() {
        HotWorld empty = new HotWorld(directory.resolve("empty"));
        empty.permits.put("xen2", 7L);

        assertThat(empty.activator()
                        .start(empty.startOn("xen2", 7), announced::addAll)
                        .form())
                .isEqualTo("memory");
    }

    @Test
    void memoryIsNeverPutOverDisksThatWentOn() {
        world.received(
                HotWorld.DEFINITION.replace(
                        "</domain>",
                        "<devices><disk type='block' device='disk'><source dev='/dev/vg0/web1'/><target dev='xvda'/></disk></devices></domain>"));

        assertThat(start().form()).isEqualTo("memory");
        assertThat(world.jobs).isEmpty();
    }

    @Test
    void whoeverReceivesLetsGoOfItAtOnceAndItsJournalEntryIsOver() {
        HotWorld.Receiver receiver = world.new Receiver();
        HotCopies copies = new HotCopies(new NoCheckpoints(), () -> receiver, world.places(), HotWorld.TICKER);
        copies.begin(HotWorld.protection(Tier.HOT), "xen1", "xen2");
        while (world.journal().about(HotWorld.WEB1).isEmpty()) {
            Thread.onSpinWait();
        }

        assertThat(start().form()).isEqualTo("epoch");

        assertThat(receiver.told).containsExactly("abandon");
        assertThat(world.journal().about(HotWorld.WEB1)).isEmpty();
        assertThat(world.settledReceptions).isEmpty();
    }

    @Test
    void theReceiverLetsGoAlsoWhenAnotherFormIsTaken() {
        world.checkpoint = Optional.of(HotWorld.RECEIVED.plusSeconds(1));
        HotWorld.Receiver receiver = world.new Receiver();
        new HotCopies(new NoCheckpoints(), () -> receiver, world.places(), HotWorld.TICKER)
                .begin(HotWorld.protection(Tier.HOT), "xen1", "xen2");
        while (world.journal().about(HotWorld.WEB1).isEmpty()) {
            Thread.onSpinWait();
        }

        assertThat(start().form()).isEqualTo("memory");

        assertThat(receiver.told).containsExactly("abandon");
        assertThat(world.journal().about(HotWorld.WEB1)).isEmpty();
    }

    @Test
    void whatAReceiverLeftOnTheTargetItselfIsEndedThereFirst() {
        begun(GuestReceiver.OPERATION, "xen2");

        start();

        assertThat(world.settledReceptions).containsExactly("xen2");
        assertThat(world.journal().about(HotWorld.WEB1)).isEmpty();
    }

    @Test
    void aStartThatWasBrokenOffThereIsSettledFirst() {
        begun(HotActivator.OPERATION, "xen2");

        start();

        assertThat(world.settledStarts).containsExactly("xen2");
        assertThat(world.journal().about(HotWorld.WEB1)).isEmpty();
    }

    @Test
    void whatElseIsUnfinishedOnAHostThatIsNotGoneKeepsItFromBeingStarted() {
        begun("migrate guest", "xen3");

        assertThatThrownBy(this::start).isInstanceOf(Refused.class);
        assertThat(world.jobs).isEmpty();
    }

    @Test
    void whatElseWasBegunOnTheDeadHostIsOverWithIt() {
        begun("checkpoint create", "xen1");

        assertThat(start().form()).isEqualTo("epoch");
        assertThat(world.journal().about(HotWorld.WEB1)).isEmpty();
    }

    @Test
    void aStartOfWhichNobodyKnowsWhatCameStaysInTheJournal() {
        world.startsFail = true;
        world.doubtful = true;

        assertThatThrownBy(this::start).isInstanceOf(Failed.class);
        assertThat(world.journal().about(HotWorld.WEB1))
                .singleElement()
                .satisfies(
                        entry -> assertThat(entry.fact(JournalEntry.OPERATION)).contains(HotActivator.OPERATION));
    }

    @Test
    void aStartThatFailedForCertainLeavesNothing() {
        world.startsFail = true;

        assertThatThrownBy(this::start).isInstanceOf(Failed.class);
        assertThat(world.journal().about(HotWorld.WEB1)).isEmpty();
        world.startsFail = false;
        assertThat(start().form()).isEqualTo("epoch");
    }
}
