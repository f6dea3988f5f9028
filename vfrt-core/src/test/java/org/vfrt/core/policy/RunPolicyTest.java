package org.vfrt.core.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.core.checkpoint.CreateCheckpoint;
import org.vfrt.core.checkpoint.Manifest;
import org.vfrt.core.checkpoint.Tag;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.journal.GuestLock;
import org.vfrt.core.retention.KeptCheckpoint;

final class RunPolicyTest {

    private PolicyWorld world;

    @BeforeEach
    void begin(@TempDir Path state) {
        world = new PolicyWorld(state);
        world.add("xen1", "web1", "");
        world.policies.add(PolicyWorld.policy("web", "web*"));
    }

    @Test
    void whatIsDueIsTakenOnceAndMarked() {
        assertThat(world.runAll()).containsExactly("web1 TAKEN");
        assertThat(world.runAll()).containsExactly("web1 NOT_DUE");
        assertThat(world.store.list())
                .singleElement()
                .satisfies(manifest -> assertThat(manifest.tags()).containsExactly(new Tag("cron")));
    }

    @Test
    void aBeatIsKeptAlthoughCronIsSomeSecondsEarlyAndTheCaptureTookMinutes() {
        world.capture.takes = "PT5M";
        assertThat(world.runAll()).containsExactly("web1 TAKEN");
        world.pass("PT8M59S");
        assertThat(world.runAll()).containsExactly("web1 NOT_DUE");
        world.pass("PT2S");
        assertThat(world.runAll()).containsExactly("web1 TAKEN");
    }

    @Test
    void oldOnesGoAsSoonAsThePolicyDoesNotKeepThem() {
        for (int round = 0; round < 4; round++) {
            world.runAll();
            world.pass("PT15M");
        }
        assertThat(world.store.list())
                .extracting(Manifest::instant)
                .containsExactly(Instant.parse("2026-11-25T10:30:00Z"), Instant.parse("2026-11-25T10:45:00Z"));
    }

    @Test
    void aDryRunSaysWhatIsDueAndWhatWouldGoAndDoesNothing() {
        KeptCheckpoint.put(world.store, "web1", "<domain/>", "2026-11-21T00:00:00Z");
        KeptCheckpoint.put(world.store, "web1", "<domain/>", "2026-11-22T00:00:00Z");
        KeptCheckpoint.put(world.store, "web1", "<domain/>", "2026-11-23T00:00:00Z");
        RunPolicy.Outcome outcome = world.run(world.plan().guests().get(0), true);

        assertThat(outcome.result()).isEqualTo(RunPolicy.Result.DUE);
        assertThat(outcome.checkpoint())
                .get()
                .extracting(CreateCheckpoint.Outcome::hostName)
                .isEqualTo("xen1");
        assertThat(outcome.removed()).hasSize(1);
        assertThat(world.store.list()).hasSize(3);
    }

    @Test
    void aFailureIsReportedAndNothingIsPruned() {
        KeptCheckpoint.put(world.store, "web1", "<domain/>", "2026-11-21T00:00:00Z");
        KeptCheckpoint.put(world.store, "web1", "<domain/>", "2026-11-22T00:00:00Z");
        KeptCheckpoint.put(world.store, "web1", "<domain/>", "2026-11-23T00:00:00Z");
        world.capture.obstacles.add(new Reason("no-shell", "there is no shell", ""));
        RunPolicy.Outcome outcome = world.run(world.plan().guests().get(0), false);

        assertThat(outcome.result()).isEqualTo(RunPolicy.Result.FAILED);
        assertThat(outcome.failure())
                .get()
                .satisfies(failure -> assertThat(failure.code()).isEqualTo("no-shell"));
        assertThat(world.store.list()).hasSize(3);
    }

    @Test
    void aGuestThatSomebodyElseHoldsIsBusyWhichIsNoFailure() {
        PlanRun.Planned planned = world.plan().guests().get(0);
        try (GuestLock held = world.locks.take(planned.guest().uuid(), "web1", "test", Duration.ZERO)) {
            RunPolicy.Outcome outcome = world.run(planned, false);
            assertThat(held.guest()).isEqualTo(planned.guest().uuid());
            assertThat(outcome.result()).isEqualTo(RunPolicy.Result.BUSY);
            assertThat(outcome.failure()).isEmpty();
        }
    }

    /** Two runs plan at the same moment; the second comes to the guest when the first has done it. */
    @Test
    void ofTwoRunsThatPlannedTheSameOnlyOneTakesACheckpoint() {
        PlanRun.Planned first = world.plan().guests().get(0);
        PlanRun.Planned second = world.plan().guests().get(0);
        assertThat(second.step()).isEqualTo(PlanRun.Step.TAKE);

        List<RunPolicy.Result> meanwhile = new java.util.ArrayList<>();
        world.capture.during = () -> {
            world.capture.during = () -> {};
            meanwhile.add(world.run(second, false).result());
        };
        assertThat(world.run(first, false).result()).isEqualTo(RunPolicy.Result.TAKEN);
        assertThat(meanwhile).containsExactly(RunPolicy.Result.BUSY);
        assertThat(world.run(second, false).result()).isEqualTo(RunPolicy.Result.NOT_DUE);
        assertThat(world.store.list()).hasSize(1);
    }

    @Test
    void aCheckpointFromAClockThatWasWrongDoesNotPutOffTheNext() {
        KeptCheckpoint.put(world.store, "web1", "<domain/>", "2036-11-21T00:00:00Z");
        assertThat(world.runAll()).containsExactly("web1 TAKEN");
    }
}
