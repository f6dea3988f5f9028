package org.vfrt.xen.remus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.core.checkpoint.Progress;
import org.vfrt.core.checkpoint.Unfinished;
import org.vfrt.core.failure.NotFound;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.hot.EpochStart;
import org.vfrt.core.journal.GuestLock;
import org.vfrt.core.journal.GuestLocks;
import org.vfrt.core.journal.Journal;
import org.vfrt.core.pool.FakePool;

final class StartByHandTest {

    @TempDir
    private Path directory;

    private final FakePool pool = new FakePool("xen1", "xen2", "xen3");
    private EpochWorld world = new EpochWorld(Path.of("."));

    @BeforeEach
    void aGuestWasReceived() {
        world = new EpochWorld(directory);
        world.received();
    }

    private Journal journal() {
        return new Journal(world.state(), EpochWorld.CLOCK);
    }

    private GuestLocks locks() {
        return new GuestLocks(world.state(), EpochWorld.CLOCK);
    }

    private EpochStart.Outcome start(String dead) {
        return start(dead, Optional.empty());
    }

    private EpochStart.Outcome start(String dead, Optional<String> acceptedDrift) {
        return new StartByHand(pool.pool(), new RestoreEpoch(world.restorer), locks(), journal())
                .run(new EpochStart.Request(world.epochs(), "xen2", dead, acceptedDrift, Duration.ZERO), Progress.NONE);
    }

    private void refused(String dead, String why) {
        assertThatThrownBy(() -> start(dead))
                .isInstanceOfSatisfying(
                        Refused.class,
                        refused -> assertThat(refused.reasons())
                                .anySatisfy(reason -> assertThat(reason.text()).contains(why)));
        assertThat(world.jobs).isEmpty();
    }

    @Test
    void theGuestOfAHostThatIsSilentAndSaidToBeDeadIsStarted() {
        pool.silence("xen1");
        assertThat(start("xen1").epoch().number()).isEqualTo(3);
        assertThat(world.jobs).hasSize(1);
        assertThat(world.jobs.get(0).target().host().name()).isEqualTo("xen2");
        assertThat(journal().about(EpochWorld.WEB1)).isEmpty();
    }

    @Test
    void aHostThatAnswersIsNotDead() {
        refused("xen1", "host 'xen1' answers, and so it is not dead");
    }

    @Test
    void anotherHostThatIsSilentMayHaveIt() {
        pool.silence("xen1");
        pool.silence("xen3");
        refused("xen1", "host 'xen3' does not answer either");
    }

    @Test
    void aGuestThatRunsSomewhereIsNotStarted() {
        pool.silence("xen1");
        pool.on("xen3").addRunning("web1", EpochWorld.DEFINITION);
        refused("xen1", "guest 'web1' is active on host 'xen3'");
    }

    @Test
    void anotherGuestOfItsNameIsInTheWay() {
        pool.silence("xen1");
        pool.on("xen3")
                .addRunning(
                        "web1", EpochWorld.DEFINITION.replace(EpochWorld.WEB1.toString(), new UUID(7, 7).toString()));
        refused("xen1", "another guest named 'web1' is on host 'xen3'");
    }

    @Test
    void aGuestWithDisksIsStartedOnlyForSomeoneWhoKnowsThatNothingWasWrittenToThem() {
        pool.silence("xen1");
        world.received(
                EpochWorld.DEFINITION.replace(
                        "</domain>",
                        "<devices><disk type='block' device='disk'><source dev='/dev/vg0/web1'/><target dev='xvda'/></disk></devices></domain>"));
        refused("xen1", "the guest could write to xvda until its host died");
        assertThat(start("xen1", Optional.of("web1")).epoch().number()).isEqualTo(3);
    }

    @Test
    void aHostThatIsNotOfThePoolIsASlipOfThePen() {
        assertThatThrownBy(() -> start("xen9")).isInstanceOf(NotFound.class);
    }

    @Test
    void whatWasBegunOnTheDeadHostIsOverAndWhatWasBegunElsewhereIsNot() {
        pool.silence("xen1");
        try (GuestLock lock = locks().take(EpochWorld.WEB1, "web1", "test", Duration.ZERO)) {
            journal().begin(ReceiveGuest.OPERATION, lock, "web1", "xen1");
        }
        start("xen1");
        assertThat(journal().about(EpochWorld.WEB1)).isEmpty();

        world.jobs.clear();
        try (GuestLock lock = locks().take(EpochWorld.WEB1, "web1", "test", Duration.ZERO)) {
            Unfinished.begin(journal(), "migrate guest", lock, "web1", pool.on("xen3"));
        }
        refused("xen1", "'migrate guest' of the guest is unfinished");
    }
}
