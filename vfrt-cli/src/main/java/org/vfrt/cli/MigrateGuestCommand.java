package org.vfrt.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.vfrt.cli.output.ExitCode;
import org.vfrt.cli.output.Json;
import org.vfrt.cli.output.Problem;
import org.vfrt.cli.output.Table;
import org.vfrt.core.checkpoint.Method;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.migrate.MigrateGuest;
import org.vfrt.core.migrate.Migrated;
import org.vfrt.core.text.Amounts;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code vfrt migrate guest}. */
@Command(
        description =
                "Move a running guest to another host, live."
                        + " Without '--to' it goes to the host that the scorer ranks first, of those that nothing is in the way of.",
        sortOptions = false)
final class MigrateGuestCommand implements Callable<Integer> {

    private final Session session;

    @Parameters(paramLabel = "GUEST", description = "The guest's name or UUID.")
    private String guest = "";

    @Option(names = "--to", paramLabel = "HOST", description = "Move it to this host.")
    private @Nullable String to;

    @Option(
            names = "--method",
            paramLabel = "METHOD",
            description =
                    "live: the guest stands still for the last copy round. save: it is stopped while its memory goes through the store,"
                            + " which a PV guest needs. Default: live")
    private Method method = Method.LIVE;

    @Option(
            names = "--max-pause",
            paramLabel = "TIME",
            converter = DurationConverter.class,
            description = "Refuse when it would probably stand still for longer, for example 500ms.")
    private @Nullable Duration maxPause;

    @Option(
            names = "--against-rules",
            description =
                    "With '--to': go there although placement rules or the reserve for a host that dies forbid it.")
    private boolean againstRules;

    @Option(
            names = "--shared-disks",
            paramLabel = "GUEST",
            description =
                    "Move it although vfrt cannot tell that its writable disks are the same on both hosts: the guest's name,"
                            + " typed out by someone who knows.")
    private @Nullable String sharedDisks;

    @Option(
            names = "--explain",
            description = "Show every other host: what the move there would change, or why it is not taken.")
    private boolean explain;

    @Option(names = "--dry-run", description = "Check, say where to, and change nothing.")
    private boolean dryRun;

    @Mixin
    private LockWait lockWait = new LockWait();

    MigrateGuestCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        if (againstRules && to == null) {
            throw new BadInput(
                    "against-rules-without-host",
                    "'--against-rules' without '--to': the scorer never goes against rules",
                    "Name the host with '--to'.");
        }
        Operations operations = session.operations();
        List<String> settled = new ArrayList<>();
        List<MigrateGuest.Outcome> outcomes = new ArrayList<>();
        session.interruption().shelter("migrate guest", () -> {
            settled.addAll(session.settle());
            session.progress(
                    guest, progress -> outcomes.add(operations.migrateGuest(request(), this::announce, progress)));
        });
        MigrateGuest.Outcome outcome = outcomes.get(0);
        session.print(json -> write(json, outcome, settled), out -> {
            table(outcome).print(out);
            if (explain) {
                out.println();
                Candidates.table(outcome.candidates()).print(out);
            }
        });
        session.notes(outcome.notes());
        return ExitCode.DONE.number();
    }

    /** Said before the guest is touched, to a person who may still press Ctrl-C (rule 4). */
    private void announce(MigrateGuest.Outcome plan) {
        if (session.watched()) {
            session.note(
                    "guest '" + plan.guestName() + "' goes from host '" + plan.fromHost() + "' to '" + plan.toHost()
                            + "' (" + plan.hostReason() + "); predicted "
                            + Amounts.duration(plan.predicted().precopy().duration()) + ", pause "
                            + Amounts.duration(plan.predicted().precopy().pause()) + ": "
                            + plan.predicted().basis());
        }
    }

    private MigrateGuest.Request request() {
        return new MigrateGuest.Request(
                guest,
                Optional.empty(),
                Optional.ofNullable(to),
                method,
                Optional.ofNullable(maxPause),
                againstRules ? MigrateGuest.Rules.IGNORED : MigrateGuest.Rules.KEPT,
                Optional.ofNullable(sharedDisks),
                dryRun,
                lockWait.duration());
    }

    private Table table(MigrateGuest.Outcome outcome) {
        Table table = Table.titled("GUEST", "FROM", "TO", "CHOSEN", "STATE", "TOOK", "PAUSE", "PREDICTED");
        return table.row(
                outcome.guestName(),
                outcome.fromHost(),
                outcome.toHost(),
                outcome.hostReason(),
                state(outcome),
                outcome.migrated().map(done -> Amounts.duration(done.took())).orElse("-"),
                outcome.migrated()
                        .flatMap(Migrated::pause)
                        .map(Amounts::duration)
                        .orElse("-"),
                outcome.nothingToDo()
                        ? "-"
                        : PlanReport.predicted(
                                Amounts.duration(outcome.predicted().precopy().duration()) + ", pause "
                                        + Amounts.duration(
                                                outcome.predicted().precopy().pause()),
                                outcome.predicted().from()));
    }

    private static String state(MigrateGuest.Outcome outcome) {
        if (outcome.nothingToDo()) {
            return "nothing to do";
        }
        return outcome.migrated()
                .map(done -> GuestList.state(done.guest().state()))
                .orElse("not migrated: dry run");
    }

    private void write(Json json, MigrateGuest.Outcome outcome, List<String> settled) {
        json.field("dryRun", dryRun)
                .field("guest", outcome.guestName())
                .field("guestUuid", outcome.guestUuid().toString())
                .field("from", outcome.fromHost())
                .field("to", outcome.toHost())
                .field("hostReason", outcome.hostReason())
                .field("nothingToDo", outcome.nothingToDo())
                .text(
                        "state",
                        outcome.migrated()
                                .map(done -> GuestList.state(done.guest().state())))
                .duration("tookMillis", outcome.migrated().map(Migrated::took))
                .duration("pauseMillis", outcome.migrated().flatMap(Migrated::pause));
        json.object(
                "predicted",
                Optional.of(outcome.predicted()).filter(predicted -> !outcome.nothingToDo()),
                (inner, predicted) -> inner.duration(
                                "tookMillis", Optional.of(predicted.precopy().duration()))
                        .duration("pauseMillis", Optional.of(predicted.precopy().pause()))
                        .field("learnedFrom", PlanReport.word(predicted.from()))
                        .field("basis", predicted.basis()));
        json.object(
                "transfer",
                outcome.migrated().flatMap(Migrated::transfer),
                (inner, transfer) -> inner.field("sentBytes", transfer.sentBytes())
                        .field("lastRoundBytes", transfer.lastRoundBytes())
                        .field("bytesPerSecond", transfer.bytesPerSecond())
                        .field("dirtyBytesPerSecond", transfer.dirtyBytesPerSecond()));
        json.objects("candidates", outcome.candidates(), Candidates::write)
                .texts("notes", outcome.notes())
                .texts("settled", settled)
                .objects("unsettled", session.unsettled(), Problem::write);
    }
}
