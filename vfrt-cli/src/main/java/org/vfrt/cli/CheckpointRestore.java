package org.vfrt.cli;

import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.vfrt.cli.output.ExitCode;
import org.vfrt.cli.output.Json;
import org.vfrt.cli.output.Table;
import org.vfrt.core.checkpoint.Manifest;
import org.vfrt.core.checkpoint.RestoreCheckpoint;
import org.vfrt.core.checkpoint.RestoreForm;
import org.vfrt.core.failure.BadInput;
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
        description = "Bring a guest back as it was at its checkpoint. Refused while another copy of it may be running."
                + " With '--files-from', bring back single files of its disks instead.",
        sortOptions = false)
final class CheckpointRestore implements Callable<Integer> {

    private final Session session;

    @Parameters(
            paramLabel = "GUEST|ID",
            arity = "0..1",
            description =
                    "A guest, for its newest checkpoint; or a checkpoint's id, or a unique beginning or end of it.")
    private @Nullable String what;

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

    @Mixin
    private BringBack bringBack = new BringBack();

    @Mixin
    private FilesInstead files = new FilesInstead();

    CheckpointRestore(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        if (files.wanted()) {
            refuseWithFiles();
            files.run(session, bringBack.dryRun());
            return ExitCode.DONE.number();
        }
        if (what == null) {
            throw new BadInput(
                    "no-checkpoint-named",
                    "neither a guest nor a checkpoint is named",
                    "Name one; or say '--files-from ID --extract PATH' for single files.");
        }
        restore(what);
        return ExitCode.DONE.number();
    }

    private void restore(String named) {
        Operations operations = session.operations();
        Manifest manifest = operations.findUsableCheckpoint(named);
        bringBack.run(
                session,
                "checkpoint restore",
                manifest,
                named,
                progress -> operations.restoreCheckpoint(request(manifest), progress),
                outcome -> outcome,
                this::write,
                this::table);
    }

    /** What is about a guest that comes back is a slip of the pen when none does. */
    private void refuseWithFiles() {
        String odd = what != null
                ? "'" + what + "'"
                : bringBack.host().isPresent()
                        ? "'--to'"
                        : cold != null
                                ? "'--cold'"
                                : paused
                                        ? "'--paused'"
                                        : copyName != null
                                                ? "'--as'"
                                                : acceptedDrift != null
                                                        ? "'--accept-disk-drift'"
                                                        : bringBack
                                                                        .sharedDisks()
                                                                        .isPresent()
                                                                ? "'--shared-disks'"
                                                                : bringBack
                                                                                .goneHost()
                                                                                .isPresent()
                                                                        ? "'--origin-is-gone'"
                                                                        : "";
        if (!odd.isEmpty()) {
            throw new BadInput(
                    "files-or-guest",
                    odd + " is about a guest that comes back, and '--files-from' brings back files alone",
                    "Leave one of them out.");
        }
    }

    /** By id: a newer checkpoint may appear after this one was chosen. */
    private RestoreCheckpoint.Request request(Manifest manifest) {
        return new RestoreCheckpoint.Request(
                manifest.id().text(),
                bringBack.host(),
                cold == null
                        ? RestoreForm.MEMORY
                        : cold == Cold.CURRENT ? RestoreForm.COLD_CURRENT : RestoreForm.COLD_PAIRED,
                paused,
                Optional.ofNullable(copyName),
                Optional.ofNullable(acceptedDrift),
                bringBack.sharedDisks(),
                bringBack.goneHost(),
                bringBack.dryRun(),
                bringBack.lockWait().duration());
    }

    private Table table(RestoreCheckpoint.Outcome outcome) {
        boolean dryRun = bringBack.dryRun();
        Table table = Table.titled("ID", "GUEST", "HOST", "CHOSEN", "STATE", dryRun ? "TAKEN" : "TOOK");
        return table.row(
                outcome.manifest().id().text(),
                outcome.guestName(),
                outcome.hostName(),
                outcome.hostReason(),
                outcome.guest().map(guest -> GuestList.state(guest.state())).orElse("not restored: dry run"),
                dryRun ? Amounts.time(outcome.manifest().instant()) : Amounts.duration(outcome.took()));
    }

    private void write(Json json, RestoreCheckpoint.Outcome outcome) {
        json.text("state", outcome.guest().map(guest -> GuestList.state(guest.state())))
                .text("guestUuid", outcome.guest().map(Guest::uuid).map(Object::toString));
    }
}
