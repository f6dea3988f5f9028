package org.vfrt.cli;

import java.util.concurrent.Callable;
import org.vfrt.cli.output.ExitCode;
import org.vfrt.cli.output.Json;
import org.vfrt.cli.output.Table;
import org.vfrt.core.checkpoint.SweepSnapshots;
import org.vfrt.core.store.CollectGarbage;
import org.vfrt.core.text.Amounts;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code vfrt store gc}. */
@Command(
        description =
                "Give back the space of what was deleted and no checkpoint shares, in the store and, of snapshots of disks, on the hosts that"
                        + " answer. May run beside everything else.",
        sortOptions = false)
final class StoreGc implements Callable<Integer> {

    private final Session session;

    @Option(names = "--dry-run", description = "Say about how much would be freed, and change nothing.")
    private boolean dryRun;

    StoreGc(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        CollectGarbage.Outcome outcome =
                session.watching("store", progress -> session.operations().collectGarbage(dryRun, progress));
        SweepSnapshots.Outcome swept = session.operations().sweepSnapshots(dryRun);
        session.print(
                json -> {
                    json.field("dryRun", dryRun).object("collected", inner -> write(inner, outcome));
                    writeSwept(json, swept);
                },
                out -> Table.titled(
                                dryRun ? "WOULD BE FREED" : "FREED",
                                "PACKS REMOVED",
                                "PACKS REWRITTEN",
                                "SNAPSHOTS REMOVED")
                        .row(
                                Amounts.bytes(Math.max(0, outcome.freedBytes())),
                                String.valueOf(outcome.removed()),
                                String.valueOf(outcome.rewritten()),
                                String.valueOf(swept.swept().size()))
                        .print(out));
        session.notes(swept.left());
        return ExitCode.DONE.number();
    }

    static void writeSwept(Json json, SweepSnapshots.Outcome swept) {
        json.objects(
                        "snapshots",
                        swept.swept(),
                        (inner, one) -> inner.field("host", one.hostName())
                                .field("engine", one.snapshot().engine().text())
                                .field("snapshot", one.snapshot().reference())
                                .field("checkpoint", one.snapshot().mark().checkpoint()))
                .texts("snapshotsLeft", swept.left());
    }

    static void write(Json json, CollectGarbage.Outcome outcome) {
        json.field("freedBytes", outcome.freedBytes())
                .field("removedPacks", outcome.removed())
                .field("rewrittenPacks", outcome.rewritten());
    }
}
