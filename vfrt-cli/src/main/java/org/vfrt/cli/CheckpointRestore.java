package org.vfrt.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.vfrt.cli.output.ExitCode;
import org.vfrt.cli.output.Json;
import org.vfrt.cli.output.Problem;
import org.vfrt.cli.output.Table;
import org.vfrt.core.checkpoint.Manifest;
import org.vfrt.core.checkpoint.RestoreCheckpoint;
import org.vfrt.core.checkpoint.RestoreForm;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.text.Amounts;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code vfrt checkpoint restore}. It does not ask: the operation's own rules keep it from destroying anything, and it is what
 * monitoring starts at night.
 */
@Command(
        description =
                "Bring a guest back as it was at its checkpoint." + " Refused while another copy of it may be running.",
        sortOptions = false)
final class CheckpointRestore implements Callable<Integer> {

    private final Session session;

    @Parameters(
            paramLabel = "GUEST|ID",
            description =
                    "A guest, for its newest checkpoint; or a checkpoint's id, or a unique beginning or end of it.")
    private String what = "";

    @Option(
            names = "--to",
            paramLabel = "HOST",
            description =
                    "Restore on this host. The default is the host it came from or, if that does not take it, the one"
                            + " that the scorer ranks first.")
    private @Nullable String host;

    /** What {@code --cold} takes. */
    enum Cold {
        CURRENT,
        PAIRED
    }

    @Option(
            names = "--cold",
            paramLabel = "current|paired",
            description =
                    "Do not bring back its memory, but start the guest anew: over its disks as they are now, or over their states of the"
                            + " checkpoint.")
    private @Nullable Cold cold;

    @Option(names = "--paused", description = "Leave the guest paused.")
    private boolean paused;

    @Option(
            names = "--as",
            paramLabel = "NAME",
            description = "Restore a second copy under this name, with a UUID and MAC addresses of its own.")
    private @Nullable String copyName;

    @Option(
            names = "--accept-disk-drift",
            paramLabel = "GUEST",
            description =
                    "Restore over the guest's disks as they are: its name, typed out by someone who knows that nothing was written to"
                            + " them since the checkpoint.")
    private @Nullable String acceptedDrift;

    @Option(
            names = "--origin-is-gone",
            paramLabel = "HOST",
            description =
                    "Restore although the host the checkpoint was taken on is not part of the configuration: that host's name,"
                            + " typed out by someone who knows that the guest cannot be running there.")
    private @Nullable String goneHost;

    @Option(names = "--dry-run", description = "Check, say where to, and change nothing.")
    private boolean dryRun;

    @Mixin
    private LockWait lockWait = new LockWait();

    CheckpointRestore(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        Operations operations = session.operations();
        Manifest manifest = operations.findUsableCheckpoint(what);
        List<String> settled = new ArrayList<>();
        List<RestoreCheckpoint.Outcome> outcomes = new ArrayList<>();
        session.interruption().shelter("checkpoint restore", () -> {
            settled.addAll(session.settle());
            session.progress(
                    manifest.guestName(),
                    progress -> outcomes.add(operations.restoreCheckpoint(request(manifest), progress)));
        });
        RestoreCheckpoint.Outcome outcome = outcomes.get(0);
        List<String> notes = new ArrayList<>(outcome.notes());
        notes.addAll(operations.leftOut(manifest, what));
        session.print(
                json -> write(json, outcome, notes, settled),
                out -> table(outcome).print(out));
        session.notes(notes);
        return ExitCode.DONE.number();
    }

    /** By id: a newer checkpoint may appear after this one was chosen. */
    private RestoreCheckpoint.Request request(Manifest manifest) {
        return new RestoreCheckpoint.Request(
                manifest.id().text(),
                Optional.ofNullable(host),
                cold == null
                        ? RestoreForm.MEMORY
                        : cold == Cold.CURRENT ? RestoreForm.COLD_CURRENT : RestoreForm.COLD_PAIRED,
                paused,
                Optional.ofNullable(copyName),
                Optional.ofNullable(acceptedDrift),
                Optional.ofNullable(goneHost),
                dryRun,
                lockWait.duration());
    }

    private Table table(RestoreCheckpoint.Outcome outcome) {
        Table table = Table.titled("ID", "GUEST", "HOST", "CHOSEN", "STATE", dryRun ? "TAKEN" : "TOOK");
        return table.row(
                outcome.manifest().id().text(),
                outcome.guestName(),
                outcome.hostName(),
                outcome.hostReason(),
                outcome.guest().map(guest -> GuestList.state(guest.state())).orElse("not restored: dry run"),
                dryRun ? Amounts.time(outcome.manifest().instant()) : Amounts.duration(outcome.took()));
    }

    private void write(Json json, RestoreCheckpoint.Outcome outcome, List<String> notes, List<String> settled) {
        json.field("dryRun", dryRun)
                .field("guest", outcome.guestName())
                .field("host", outcome.hostName())
                .field("hostReason", outcome.hostReason())
                .text("state", outcome.guest().map(guest -> GuestList.state(guest.state())))
                .text("guestUuid", outcome.guest().map(Guest::uuid).map(Object::toString));
        json.duration("tookMillis", dryRun ? Optional.empty() : Optional.of(outcome.took()));
        json.object("checkpoint", inner -> CheckpointShow.write(inner, outcome.manifest()));
        json.texts("notes", notes).texts("settled", settled).objects("unsettled", session.unsettled(), Problem::write);
    }
}
