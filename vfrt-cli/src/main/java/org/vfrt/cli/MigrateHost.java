package org.vfrt.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.migrate.PlanMigrations;
import org.vfrt.core.placement.Guards;
import org.vfrt.core.placement.ObservePool;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code vfrt migrate host}. */
@Command(
        description = "Empty a host: migrate every guest that runs on it to the others, live."
                + " Nothing is touched unless every one of them can go, as far as that can be known before.",
        sortOptions = false)
final class MigrateHost implements Callable<Integer> {

    private final Session session;

    @Parameters(paramLabel = "HOST", description = "The host's name in the configuration.")
    private String host = "";

    @Option(
            names = "--parallel",
            paramLabel = "N",
            description = "Migrate so many guests at once; the default is one from the host, and one elsewhere.")
    private @Nullable Integer parallel;

    @Mixin
    private ApplyOptions options = new ApplyOptions();

    @Option(
            names = "--explain",
            description = "Say what each move adds to the score, and why each other host was not taken.")
    private boolean explain;

    @Option(names = "--dry-run", description = "Print the plan, and change nothing.")
    private boolean dryRun;

    MigrateHost(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        if (parallel != null && parallel < 1) {
            throw new BadInput("bad-parallel", "'--parallel' is " + parallel + ", and at least 1 makes sense", "");
        }
        Operations operations = session.operations();
        // A slip of the pen is told before any host is asked.
        operations.demandHost(host);
        Guards guards = parallel == null ? Guards.DEFAULT : Guards.DEFAULT.withParallel(parallel);
        List<PlanReport> reports = new ArrayList<>();
        session.interruption().shelter("migrate host", () -> {
            List<String> settled = session.settle();
            ObservePool.Observed observed = operations.observePool();
            try {
                reports.add(emptied(operations, observed, guards, settled));
            } catch (Failure failure) {
                throw failure.noting(observed.notes());
            }
        });
        return reports.get(0).print(session, explain);
    }

    private PlanReport emptied(
            Operations operations, ObservePool.Observed observed, Guards guards, List<String> settled) {
        observed.demandAllOf(host);
        options.demandGuests(observed.load());
        PlanMigrations.Outcome planned = operations.planMigrations(
                observed.load(),
                new PlanMigrations.Task(Optional.of(host), guards, explain),
                operations.road(options.terms()));
        options.demandPauses(planned.document());
        List<String> notes = new ArrayList<>(observed.notes());
        notes.addAll(planned.notes());
        return new PlanReport(
                planned.document(),
                dryRun ? Optional.empty() : Optional.of(options.run(session, planned.document(), guards, host)),
                planned.idle(),
                planned.held(),
                notes,
                settled);
    }
}
