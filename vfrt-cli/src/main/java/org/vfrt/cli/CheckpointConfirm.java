package org.vfrt.cli;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.vfrt.cli.output.ExitCode;
import org.vfrt.cli.output.Json;
import org.vfrt.cli.output.Problem;
import org.vfrt.cli.output.Table;
import org.vfrt.core.checkpoint.ConfirmRestore;
import org.vfrt.core.checkpoint.KeptStates;
import org.vfrt.core.disk.FoundSnapshot;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.text.Amounts;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code vfrt checkpoint confirm}. */
@Command(
        description =
                "Take the restores of a guest for good: remove what they have replaced of its disks and kept, before its time.",
        sortOptions = false)
final class CheckpointConfirm implements Callable<Integer> {

    private final Session session;

    @Parameters(paramLabel = "GUEST", description = "The guest's name or UUID.")
    private String guest = "";

    @Option(names = "--dry-run", description = "Say what is kept, and change nothing.")
    private boolean dryRun;

    @Option(names = "--yes", description = "Do not ask.")
    private boolean yes;

    @Mixin
    private LockWait lockWait = new LockWait();

    CheckpointConfirm(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        List<String> settled = session.settle();
        ConfirmRestore.Outcome outcome = session.operations()
                .confirmRestore(
                        new ConfirmRestore.Request(guest, dryRun, lockWait.duration()),
                        plan -> session.confirm(yes, question(plan)));
        session.print(
                json -> json.field("dryRun", dryRun)
                        .field("guest", outcome.guestName())
                        .field("guestUuid", outcome.guest().toString())
                        .objects("states", outcome.states(), CheckpointConfirm::write)
                        .texts("statesLeft", outcome.left())
                        .texts("settled", settled)
                        .objects("unsettled", session.unsettled(), Problem::write),
                out -> {
                    if (!outcome.states().isEmpty()) {
                        table(outcome).print(out);
                    }
                });
        if (outcome.states().isEmpty() && outcome.left().isEmpty()) {
            session.note("nothing is kept of guest '" + outcome.guestName() + "'");
        }
        if (outcome.left().isEmpty()) {
            return ExitCode.DONE.number();
        }
        List<Failure> left = outcome.left().stream()
                .<Failure>map(why -> new Failed(
                        "states-left",
                        why,
                        "Say it again when it answers; else 'vfrt store gc' removes what is left after its time."))
                .toList();
        return session.end(left.size() + outcome.states().size(), left, left.size() + " hosts were left out");
    }

    private static String question(ConfirmRestore.Outcome plan) {
        return "Remove "
                + plan.states().stream()
                        .map(one -> "'" + one.state().reference() + "' on host '" + one.hostName() + "'")
                        .collect(Collectors.joining(", "))
                + " for good?";
    }

    private Table table(ConfirmRestore.Outcome outcome) {
        Table table = Table.titled(dryRun ? "WOULD BE REMOVED" : "REMOVED", "HOST", "REPLACED", "KEPT UNTIL");
        outcome.states()
                .forEach(one -> table.row(
                        one.state().reference(),
                        one.hostName(),
                        Amounts.time(one.state().replacedAt().orElseThrow()),
                        Amounts.time(KeptStates.until(one.state()))));
        return table;
    }

    private static void write(Json json, ConfirmRestore.Kept kept) {
        write(json, kept.hostName(), kept.state());
    }

    /** Writes a state that a restore has kept. */
    static void write(Json json, String hostName, FoundSnapshot state) {
        json.field("host", hostName)
                .field("engine", state.engine().text())
                .field("snapshot", state.reference())
                .field("replacedAt", state.replacedAt().orElseThrow())
                .field("keptUntil", KeptStates.until(state));
    }
}
