package org.vfrt.cli;

import java.util.UUID;
import java.util.concurrent.Callable;
import org.vfrt.cli.output.ExitCode;
import org.vfrt.cli.output.Json;
import org.vfrt.cli.output.Table;
import org.vfrt.core.store.MeasureStore;
import org.vfrt.core.text.Amounts;
import picocli.CommandLine.Command;

/** {@code vfrt store stat}. Asks no host, and needs no key. */
@Command(description = "Show what is in the store and what it takes. Reads no images, and needs no key.")
final class StoreStat implements Callable<Integer> {

    private final Session session;

    StoreStat(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        Operations operations = session.operations();
        String store = operations.configuration().store().toString();
        MeasureStore.Outcome outcome = operations.measureStore();
        session.print(
                json -> json.object("store", inner -> write(inner, store, outcome)),
                out -> table(store, outcome).print(out));
        outcome.unreadable()
                .forEach(name ->
                        session.note("checkpoint '" + name + "' cannot be read, and is not all in the numbers"));
        return ExitCode.DONE.number();
    }

    private static Table table(String store, MeasureStore.Outcome outcome) {
        return Table.untitled()
                .row("Store:", store)
                .row("Id:", outcome.id().map(UUID::toString).orElse(""))
                .row("Encrypted:", outcome.encrypted() ? "yes" : "no")
                .row("Checkpoints:", String.valueOf(outcome.checkpoints()))
                .row("Guests:", String.valueOf(outcome.guests()))
                .row("Images:", Amounts.bytes(outcome.logicalBytes()))
                .row("Stored:", Amounts.bytes(outcome.storedBytes()))
                .row("Ratio:", outcome.checkpoints() == 0 ? "" : tenths(outcome.ratio()))
                .row("Pages:", String.valueOf(outcome.pages()))
                .row(
                        "Retired packs:",
                        outcome.retiredPacks()
                                + (outcome.retiredPacks() == 0
                                        ? ""
                                        : " (" + Amounts.bytes(outcome.retiredBytes()) + ")"))
                .row("Free:", Amounts.bytes(outcome.freeBytes()));
    }

    private static String tenths(double ratio) {
        long tenths = Math.round(ratio * 10);
        return tenths / 10 + "." + tenths % 10;
    }

    private static void write(Json json, String store, MeasureStore.Outcome outcome) {
        json.field("directory", store)
                .text("id", outcome.id().map(UUID::toString))
                .field("encrypted", outcome.encrypted())
                .field("checkpoints", outcome.checkpoints())
                .field("guests", outcome.guests())
                .field("imageBytes", outcome.logicalBytes())
                .field("storedBytes", outcome.storedBytes())
                .field("ratioPercent", Math.round(outcome.ratio() * 100))
                .field("pages", outcome.pages())
                .field("retiredPacks", outcome.retiredPacks())
                .field("retiredBytes", outcome.retiredBytes())
                .field("freeBytes", outcome.freeBytes())
                .texts("unreadable", outcome.unreadable());
    }
}
