package org.vfrt.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.vfrt.cli.output.Json;
import org.vfrt.cli.output.Problem;
import org.vfrt.cli.output.Table;
import org.vfrt.core.checkpoint.Manifest;
import org.vfrt.core.checkpoint.Progress;
import org.vfrt.core.checkpoint.RestoreCheckpoint;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What commands that bring a guest back have in common: where to, and how they go about it. */
final class BringBack {

    @Option(
            names = "--to",
            paramLabel = "HOST",
            description =
                    "Bring it back on this host. The default is the host it came from or, if that does not take it, the one"
                            + " that the scorer ranks first.")
    private @Nullable String host;

    @Option(
            names = "--shared-disks",
            paramLabel = "GUEST",
            description =
                    "Where its disks are used as they are on another host: the guest's name, typed out by someone who knows that they are the"
                            + " same disks there, where vfrt cannot tell.")
    private @Nullable String sharedDisks;

    @Option(
            names = "--origin-is-gone",
            paramLabel = "HOST",
            description =
                    "Bring it back although the host the checkpoint was taken on is not part of the configuration: that host's name,"
                            + " typed out by someone who knows that the guest cannot be running there.")
    private @Nullable String goneHost;

    @Option(
            names = "--disk-hook",
            paramLabel = "PROGRAM",
            description =
                    "A program that keeps states of disks, where neither the configuration nor an earlier command here has named it.")
    private @Nullable Path diskHook;

    @Option(names = "--dry-run", description = "Check, say what would be done, and change nothing.")
    private boolean dryRun;

    @Mixin
    private LockWait lockWait = new LockWait();

    Optional<String> host() {
        return Optional.ofNullable(host);
    }

    Optional<String> sharedDisks() {
        return Optional.ofNullable(sharedDisks);
    }

    Optional<String> goneHost() {
        return Optional.ofNullable(goneHost);
    }

    boolean dryRun() {
        return dryRun;
    }

    LockWait lockWait() {
        return lockWait;
    }

    /**
     * Settles what is left of others, does the work, which is not to be torn, and prints what came of it.
     *
     * @param work is given the checkpoint, which was looked for once: a newer one may appear meanwhile
     * @param restored what of the outcome every such command has
     */
    <T> void run(
            Session session,
            String operation,
            Manifest manifest,
            String what,
            Function<Progress, T> work,
            Function<T, RestoreCheckpoint.Outcome> restored,
            BiConsumer<Json, T> json,
            Function<T, Table> table) {
        Optional.ofNullable(diskHook).ifPresent(session.operations()::useDiskHook);
        List<String> settled = new ArrayList<>();
        List<T> outcomes = new ArrayList<>();
        session.interruption().shelter(operation, () -> {
            settled.addAll(session.settle());
            outcomes.add(session.watching(manifest.guestName(), work));
        });
        T outcome = outcomes.get(0);
        RestoreCheckpoint.Outcome done = restored.apply(outcome);
        List<String> notes = new ArrayList<>(done.notes());
        notes.addAll(session.operations().leftOut(manifest, what));
        Consumer<Json> document = out -> {
            out.field("dryRun", dryRun)
                    .field("guest", done.guestName())
                    .field("host", done.hostName())
                    .field("hostReason", done.hostReason());
            json.accept(out, outcome);
            out.duration("tookMillis", dryRun ? Optional.empty() : Optional.of(done.took()));
            out.object("checkpoint", inner -> CheckpointShow.write(inner, manifest));
            out.texts("notes", notes)
                    .texts("settled", settled)
                    .objects("unsettled", session.unsettled(), Problem::write);
        };
        session.print(document, out -> table.apply(outcome).print(out));
        session.notes(notes);
    }
}
