package org.vfrt.core.policy;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.vfrt.core.checkpoint.CreateCheckpoint;
import org.vfrt.core.checkpoint.Manifest;
import org.vfrt.core.checkpoint.Progress;
import org.vfrt.core.failure.Busy;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.retention.KeepRules;
import org.vfrt.core.retention.PruneCheckpoints;
import org.vfrt.core.retention.Verdict;

/**
 * Does for one guest what its policy says: takes a checkpoint if one is due, then removes what the policy does not keep.
 *
 * <p>Runs may overlap, on one machine: nobody waits for a guest that another run holds, and what the plan says is asked again once
 * the guest's lock is held, by {@link CreateCheckpoint} itself. So of two runs that both found a guest due, the one takes its
 * checkpoint, and the other finds the guest busy, or the checkpoint fresh.
 */
public final class RunPolicy {

    private final CreateCheckpoint create;
    private final PruneCheckpoints prune;
    private final Clock clock;

    public RunPolicy(CreateCheckpoint create, PruneCheckpoints prune, Clock clock) {
        this.create = create;
        this.prune = prune;
        this.clock = clock;
    }

    /** What became of a guest. */
    public enum Result {
        TAKEN,
        /** On a dry run: one would be taken. */
        DUE,
        NOT_DUE,
        NOT_RUNNING,
        /** Another operation, as a rule another run, holds the guest. That is no failure: the next run looks again. */
        BUSY,
        FAILED
    }

    /**
     * What became of a guest.
     *
     * @param checkpoint what was taken, or on a dry run how it would be
     * @param removed what the policy did not keep and is gone; on a dry run what would go as of now
     * @param failure why there is no checkpoint, or why the pruning after it failed
     */
    public record Outcome(
            Result result,
            Optional<CreateCheckpoint.Outcome> checkpoint,
            List<Manifest> removed,
            Optional<Failure> failure) {

        /** Returns an outcome without a checkpoint. */
        public static Outcome without(Result result, Optional<Failure> failure) {
            return new Outcome(result, Optional.empty(), List.of(), failure);
        }
    }

    /**
     * Does it.
     *
     * @param maxPause the limit where the policy has none
     * @param announcement hears the plan before the guest is touched (rule 4)
     */
    public Outcome run(
            PlanRun.Planned planned,
            Optional<Duration> maxPause,
            boolean dryRun,
            Consumer<CreateCheckpoint.Outcome> announcement,
            Progress progress) {
        if (planned.step() == PlanRun.Step.REST) {
            return Outcome.without(Result.NOT_RUNNING, Optional.empty());
        }
        Outcome taken = planned.step() == PlanRun.Step.WAIT
                ? Outcome.without(Result.NOT_DUE, Optional.empty())
                : take(planned, maxPause, dryRun, announcement, progress);
        boolean prunes = taken.result() != Result.FAILED && taken.result() != Result.BUSY;
        Optional<KeepRules> keep = planned.policy().keep();
        // Also where none was due: rules that were changed, or a pruning that failed, need not wait for the next beat.
        // Not
        // after a failure: what is there may be all there will be for a while.
        return prunes && keep.isPresent() ? pruned(planned, keep.get(), dryRun, taken) : taken;
    }

    private Outcome take(
            PlanRun.Planned planned,
            Optional<Duration> maxPause,
            boolean dryRun,
            Consumer<CreateCheckpoint.Outcome> announcement,
            Progress progress) {
        Policy policy = planned.policy();
        Instant since = policy.freshSince(clock.instant());
        CreateCheckpoint.Request request = new CreateCheckpoint.Request(
                // By its UUID: two guests of one name can be on two hosts.
                planned.guest().uuid().toString(),
                Optional.empty(),
                policy.method(),
                policy.maxPause().or(() -> maxPause),
                policy.tags(),
                Optional.of(since),
                policy.disks(),
                dryRun,
                Duration.ZERO);
        try {
            CreateCheckpoint.Outcome outcome = create.run(request, announcement, progress);
            return new Outcome(dryRun ? Result.DUE : Result.TAKEN, Optional.of(outcome), List.of(), Optional.empty());
        } catch (Busy e) {
            return Outcome.without(Result.BUSY, Optional.empty());
        } catch (Refused e) {
            return e.code().equals(CreateCheckpoint.FRESH)
                    ? Outcome.without(Result.NOT_DUE, Optional.empty())
                    : Outcome.without(Result.FAILED, Optional.of(e));
        } catch (Failure e) {
            return Outcome.without(Result.FAILED, Optional.of(e));
        }
    }

    private Outcome pruned(PlanRun.Planned planned, KeepRules keep, boolean dryRun, Outcome taken) {
        try {
            PruneCheckpoints.Outcome outcome =
                    prune.run(planned.guest().uuid(), planned.guest().name(), keep, dryRun, Duration.ZERO);
            List<Manifest> gone = new ArrayList<>(outcome.removed());
            if (dryRun) {
                outcome.verdicts().stream()
                        .filter(verdict -> !verdict.stays())
                        .map(Verdict::manifest)
                        .forEach(gone::add);
            }
            return new Outcome(taken.result(), taken.checkpoint(), gone, outcome.failure());
        } catch (Busy e) {
            // Somebody took the guest since, and the next run prunes.
            return taken;
        } catch (Failure e) {
            return new Outcome(taken.result(), taken.checkpoint(), List.of(), Optional.of(e));
        }
    }
}
