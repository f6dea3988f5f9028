package org.vfrt.cli;

import java.util.concurrent.Callable;
import org.vfrt.cli.output.ExitCode;
import org.vfrt.cli.output.Problem;
import org.vfrt.cli.output.Table;
import org.vfrt.core.failure.Damaged;
import org.vfrt.core.store.CheckStore;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code vfrt store check}. Asks no host. */
@Command(
        description =
                "Look whether everything in the store is what was written, and name the checkpoints that suffer where"
                        + " it is not. Ends with 8 then. Changes nothing but what is noted of those.",
        sortOptions = false)
final class StoreCheck implements Callable<Integer> {

    private final Session session;

    @Option(
            names = "--read-data",
            description = "Read every page too, each once, whatever number of checkpoints it is in.")
    private boolean readData;

    StoreCheck(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        CheckStore.Outcome outcome =
                session.watching("store", progress -> session.operations().checkStore(readData, progress));
        session.print(
                json -> json.field("readData", readData)
                        .field("checkpoints", outcome.checkpoints())
                        .field("packs", outcome.packs())
                        .texts("wrong", outcome.wrong())
                        .texts("doubtful", outcome.doubtful())
                        .objects(
                                "suffering",
                                outcome.suffering().entrySet(),
                                (inner, one) -> inner.field("id", one.getKey()).field("why", one.getValue())),
                out -> table(outcome).print(out));
        outcome.wrong().forEach(session::note);
        outcome.doubtful().forEach(session::note);
        if (outcome.wrong().isEmpty() && outcome.suffering().isEmpty()) {
            return ExitCode.DONE.number();
        }
        return session.report(Problem.of(new Damaged(
                "store-damaged",
                outcome.suffering().isEmpty()
                        ? "the store is damaged, and no checkpoint suffers"
                        : outcome.suffering().size() + " of " + outcome.checkpoints()
                                + " checkpoints cannot be restored whole",
                "Delete those that suffer with 'vfrt checkpoint delete', take new ones, and look for the cause on the"
                        + " store's disk.")));
    }

    private Table table(CheckStore.Outcome outcome) {
        if (outcome.suffering().isEmpty()) {
            return Table.titled("CHECKPOINTS", "PACKS", "READ")
                    .row(
                            String.valueOf(outcome.checkpoints()),
                            String.valueOf(outcome.packs()),
                            readData ? "everything" : "all but the pages");
        }
        Table table = Table.titled("SUFFERS", "WHY");
        outcome.suffering().forEach(table::row);
        return table;
    }
}
