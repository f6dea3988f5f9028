package org.vfrt.cli;

import java.util.List;
import java.util.Optional;
import org.vfrt.cli.output.ExitCode;
import org.vfrt.cli.output.Json;
import org.vfrt.cli.output.Problem;
import org.vfrt.core.checkpoint.Manifest;
import org.vfrt.core.checkpoint.SweepSnapshots;
import org.vfrt.core.failure.Busy;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.store.CollectGarbage;
import org.vfrt.core.text.Amounts;
import picocli.CommandLine.Option;

/** {@code --no-gc}, and what a command that removes checkpoints does at its end: it gives back the space that they took. */
final class CollectAtEnd {

    @Option(names = "--no-gc", description = "Leave the space of what was removed to a later 'vfrt store gc'.")
    private boolean left;

    /** What came of it: nothing at all, an outcome, or a failure. */
    record Result(
            Optional<CollectGarbage.Outcome> outcome,
            Optional<SweepSnapshots.Outcome> swept,
            Optional<Failure> failure) {

        private static final Result NOTHING = new Result(Optional.empty(), Optional.empty(), Optional.empty());

        /** Tells a person what was freed; cron would mail it each time. That another collection runs is no failure. */
        void note(Session session) {
            if (!session.watched()) {
                return;
            }
            swept.ifPresent(one -> session.notes(one.left()));
            outcome.ifPresent(one -> session.note(Amounts.bytes(Math.max(0, one.freedBytes())) + " were freed"));
            failure.filter(Busy.class::isInstance)
                    .ifPresent(busy -> session.note("nothing was freed, because " + busy.getMessage()));
        }

        void write(Json json) {
            json.object("collected", outcome, StoreGc::write);
            swept.ifPresent(one -> StoreGc.writeSwept(json, one));
            json.object(
                    "collectionError", failure, (inner, one) -> Problem.of(one).writeTo(inner));
        }

        /** Ends a command of which all else went well: what was to be removed is gone, and its space is not back. */
        int end(Session session, int code) {
            Optional<Failure> real = failure.filter(one -> !(one instanceof Busy));
            if (real.isEmpty()) {
                return code;
            }
            if (code != ExitCode.DONE.number()) {
                session.note("nothing was freed either: " + real.get().getMessage());
                return code;
            }
            return session.report(Problem.of(real.get()).endingWith(real.get().code(), ExitCode.PARTLY_FAILED));
        }
    }

    /**
     * Collects.
     *
     * @param removed what was: without any there is nothing new to free, and hosts are asked only for snapshots of disks that were
     *     part of them. Empty is one that nobody can read
     */
    Result run(Session session, List<Optional<Manifest>> removed) {
        if (left || removed.isEmpty() || session.interruption().requested()) {
            return Result.NOTHING;
        }
        try {
            Optional<SweepSnapshots.Outcome> swept = removed.stream().anyMatch(CollectAtEnd::mayHaveDisks)
                    ? Optional.of(session.operations().sweepSnapshots(false))
                    : Optional.empty();
            return new Result(
                    Optional.of(session.watching(
                            "store", progress -> session.operations().collectGarbage(false, progress))),
                    swept,
                    Optional.empty());
        } catch (Failure e) {
            return new Result(Optional.empty(), Optional.empty(), Optional.of(e));
        }
    }

    private static boolean mayHaveDisks(Optional<Manifest> removed) {
        return removed.map(manifest -> !manifest.disks().isEmpty()).orElse(true);
    }
}
