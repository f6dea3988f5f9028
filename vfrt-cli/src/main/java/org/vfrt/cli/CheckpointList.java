package org.vfrt.cli;

import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.vfrt.cli.output.ExitCode;
import org.vfrt.cli.output.Table;
import org.vfrt.core.checkpoint.CheckpointStore;
import org.vfrt.core.checkpoint.Manifest;
import org.vfrt.core.text.Amounts;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code vfrt checkpoint list}. Asks no host. */
@Command(description = "List the checkpoints in the store, oldest first. Asks no host.")
final class CheckpointList implements Callable<Integer> {

    private final Session session;

    @Parameters(
            paramLabel = "GUEST",
            arity = "0..1",
            description = "List the checkpoints of the guest with this name or UUID only.")
    private @Nullable String guest;

    CheckpointList(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        CheckpointStore.Listing listing = session.operations().store().listing();
        Findings findings = Findings.of(session.operations());
        List<Manifest> manifests =
                listing.manifests().stream().filter(this::wanted).toList();
        List<String> unreadable = listing.unreadable();
        session.print(
                json -> json.objects("checkpoints", manifests, findings::write).texts("unreadable", unreadable),
                out -> table(manifests, findings).print(out));
        unreadable.forEach(name -> session.note("checkpoint '" + name + "' is left out: its manifest cannot be read"));
        return ExitCode.DONE.number();
    }

    private boolean wanted(Manifest manifest) {
        return guest == null
                || manifest.guestName().equals(guest)
                || manifest.guestUuid().toString().equals(guest);
    }

    private static Table table(List<Manifest> manifests, Findings findings) {
        Table table =
                Table.titled("ID", "GUEST", "HOST", "METHOD", "TAKEN", "PAUSE", "SIZE", "VERIFIED", "DRILL", "TAGS");
        for (Manifest manifest : manifests) {
            table.row(
                    manifest.id().text(),
                    manifest.guestName(),
                    manifest.hostName(),
                    manifest.method().name().toLowerCase(Locale.ROOT),
                    Amounts.time(manifest.instant()),
                    Amounts.duration(manifest.pause()),
                    Amounts.bytes(manifest.imageBytes()),
                    findings.cell(manifest),
                    findings.drilled(manifest)
                            .map(record -> record.result().text())
                            .orElse(""),
                    CheckpointShow.tags(manifest));
        }
        return table;
    }
}
