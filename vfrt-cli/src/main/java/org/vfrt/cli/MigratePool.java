package org.vfrt.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.migrate.ApplyPlan;
import org.vfrt.core.migrate.CheckPlan;
import org.vfrt.core.migrate.PlanMigrations;
import org.vfrt.core.placement.Guards;
import org.vfrt.core.placement.ObservePool;
import org.vfrt.core.placement.PlanDocument;
import org.vfrt.core.placement.PlanFile;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code vfrt migrate pool}. */
@Command(description = "Even out the use of the hosts. Prints a plan; '--apply' does it.", sortOptions = false)
final class MigratePool implements Callable<Integer> {

    /** What '--apply' is without a file. */
    private static final String THIS_ONE = "\0";

    private final Session session;

    @Option(
            names = "--max-moves",
            paramLabel = "N",
            description =
                    "Plan at most so many moves to even out use; the default is 10. What mends rules is not counted.")
    private @Nullable Integer maxMoves;

    @Option(names = "--out", paramLabel = "PLAN", description = "Write the plan into this file, as JSON.")
    private @Nullable Path out;

    @Option(
            names = "--apply",
            paramLabel = "PLAN",
            arity = "0..1",
            fallbackValue = THIS_ONE,
            description = "Apply the plan in this file, '-' for stdin; without a file, the plan just made.")
    private @Nullable String apply;

    @Option(
            names = "--dry-run",
            description =
                    "Change nothing, which is what happens without '--apply'; with it, say whether the plan would be done.")
    private boolean dryRun;

    @Mixin
    private ApplyOptions options = new ApplyOptions();

    @Option(
            names = "--explain",
            description = "Say what each move adds to the score, and why each other host was not taken.")
    private boolean explain;

    MigratePool(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        if (maxMoves != null && maxMoves < 0) {
            throw new BadInput("bad-max-moves", "'--max-moves' is " + maxMoves + ", less than none", "");
        }
        if (apply != null && apply.isEmpty()) {
            throw new BadInput(
                    "empty-plan",
                    "'--apply' is given an empty name",
                    "Name the plan's file; a variable in a script may be unset. '--apply' alone applies the plan just made.");
        }
        Optional<String> file = Optional.ofNullable(apply).filter(name -> !name.equals(THIS_ONE));
        if (file.isPresent() && (maxMoves != null || out != null)) {
            throw new BadInput(
                    "plan-is-made",
                    "'--apply " + file.get() + "' applies a plan that is made already, and '"
                            + (maxMoves != null ? "--max-moves" : "--out") + "' is about making one",
                    "Say one of the two.");
        }
        // Before anything is touched: what is no plan is refused at once.
        Optional<PlanDocument> given = file.map(name -> Path.of(name.equals("-") ? "/dev/stdin" : name))
                .map(path -> new PlanFile(path).read());
        Optional.ofNullable(out).ifPresent(path -> new PlanFile(path).demandWritable());
        List<PlanReport> reports = new ArrayList<>();
        session.interruption().shelter("migrate pool", () -> {
            List<String> settled = session.settle();
            reports.add(given.map(plan -> applied(plan, settled)).orElseGet(() -> planned(settled)));
        });
        return reports.get(0).print(session, explain);
    }

    private PlanReport applied(PlanDocument plan, List<String> settled) {
        options.demandGuests(plan);
        options.demandPauses(plan);
        List<String> notes = new ArrayList<>();
        if (plan.moves().isEmpty()) {
            notes.add("the plan has no moves");
        } else {
            Operations operations = session.operations();
            ObservePool.Observed observed = operations.observePool();
            notes.addAll(observed.notes());
            try {
                new CheckPlan(operations.road(options.terms())).run(plan, observed.load());
            } catch (Failure failure) {
                throw failure.noting(notes);
            }
        }
        return new PlanReport(plan, done(plan, Guards.DEFAULT), Optional.empty(), List.of(), notes, settled);
    }

    private PlanReport planned(List<String> settled) {
        Operations operations = session.operations();
        Guards guards = maxMoves == null ? Guards.DEFAULT : Guards.DEFAULT.withMovesMax(maxMoves);
        ObservePool.Observed observed = operations.observePool();
        try {
            return planned(operations, observed, guards, settled);
        } catch (Failure failure) {
            throw failure.noting(observed.notes());
        }
    }

    private PlanReport planned(
            Operations operations, ObservePool.Observed observed, Guards guards, List<String> settled) {
        options.demandGuests(observed.load());
        PlanMigrations.Outcome planned = operations.planMigrations(
                observed.load(),
                new PlanMigrations.Task(Optional.empty(), guards, explain),
                operations.road(options.terms()));
        PlanDocument document = planned.document();
        options.demandPauses(document);
        Optional.ofNullable(out).ifPresent(file -> new PlanFile(file).write(document));
        List<String> notes = new ArrayList<>(observed.notes());
        notes.addAll(planned.notes());
        return new PlanReport(document, done(document, guards), planned.idle(), planned.held(), notes, settled);
    }

    /** Returns what became of each move; empty when the plan is only looked at. */
    private Optional<List<ApplyPlan.Step>> done(PlanDocument plan, Guards guards) {
        return apply == null || dryRun ? Optional.empty() : Optional.of(options.run(session, plan, guards, "pool"));
    }
}
