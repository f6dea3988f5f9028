package org.vfrt.xen.disk;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;
import org.vfrt.core.disk.SnapshotFiles;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.NotFound;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.xen.host.HostScript;
import org.vfrt.xen.host.HostShell;
import org.vfrt.xen.host.RootShell;

/** Has the kernel of the host read a snapshot's file system, by a script that runs there ({@code files.sh}), and has this machine's tar write the files. */
public final class HostFiles implements SnapshotFiles {

    private static final HostScript SCRIPT = HostScript.beside(HostFiles.class, "answers.sh", "files.sh");

    private final HostDisks.ShellOfHost shells;

    public HostFiles(HostDisks.ShellOfHost shells) {
        this.shells = shells;
    }

    @Override
    public Place look(Hypervisor host, Wish wish) {
        try (FileStream stream = open(host, wish)) {
            return place(host, wish, stream);
        }
    }

    @Override
    public Copied copy(Hypervisor host, Wish wish, Path directory, LongConsumer progress) {
        try (FileStream stream = open(host, wish)) {
            Place place = place(host, wish, stream);
            Unpacking unpacking = new Unpacking(directory);
            long bytes = unpacking.run(stream, progress, why -> incomplete(host, wish, why));
            return new Copied(place, unpacking.files(), stream.end().leftOut(), bytes);
        }
    }

    private FileStream open(Hypervisor host, Wish wish) {
        Optional<HostShell> shell = shells.of(host);
        List<Reason> obstacles = RootShell.obstacles(host.host(), shell);
        if (!obstacles.isEmpty()) {
            throw new Refused(headline(host, wish), obstacles);
        }
        // In a session of its own, as the program that takes snapshots: it cleans up although the way to it is gone.
        // And where nobody else sees what
        // it mounts.
        List<String> command = new ArrayList<>(List.of(
                "setsid",
                "--wait",
                "unshare",
                "--mount",
                "--propagation",
                "private",
                "bash",
                "-c",
                SCRIPT.text(),
                "files.sh"));
        command.addAll(List.of(
                wish.disk().engine().text(),
                wish.disk().snapshot(),
                wish.disk().snapshotIdentity(),
                wish.mark().store().toString(),
                wish.mark().guest().toString(),
                wish.moment(),
                wish.partition().map(String::valueOf).orElse("")));
        command.addAll(wish.paths());
        return new FileStream(shell.orElseThrow().start(command));
    }

    private static Place place(Hypervisor host, Wish wish, FileStream stream) {
        List<String> answer = stream.answer()
                .orElseThrow(() -> incomplete(host, wish, stream.end().complaint()));
        if (answer.size() == 3 && answer.get(0).equals("found")) {
            return new Place(
                    answer.get(1),
                    Optional.of(answer.get(2)).filter(text -> !text.isEmpty()).map(Integer::valueOf));
        }
        if (answer.size() == 3 && answer.get(0).equals("no")) {
            throw refused(host, wish, answer.get(1), answer.get(2));
        }
        throw incomplete(host, wish, "the host answers '" + String.join(" ", answer) + "'");
    }

    private static Failure refused(Hypervisor host, Wish wish, String code, String text) {
        String message = headline(host, wish) + ": " + text;
        return switch (code) {
            case NO_SUCH_FILE ->
                new NotFound(
                        code,
                        message,
                        "Name files as the guest does, from the top of the file system that they are on.");
            case "several-partitions" -> new Refused(code, message, "Say with '--partition' which one is meant.");
            default ->
                new Refused(
                        code,
                        message,
                        "A second copy of the guest can read what the host does not: 'vfrt checkpoint restore "
                                + wish.mark().checkpoint() + " --as NAME --paused'.");
        };
    }

    private static String headline(Hypervisor host, Wish wish) {
        return "no files are read from disk '" + wish.disk().target() + "' of checkpoint '"
                + wish.mark().checkpoint() + "' on host '" + host.host().name() + "'";
    }

    private static Failed incomplete(Hypervisor host, Wish wish, String why) {
        return new Failed(
                "files-incomplete",
                "not all files came from disk '" + wish.disk().target() + "' of checkpoint '"
                        + wish.mark().checkpoint() + "' on host '" + host.host().name() + "': " + why,
                "See whether there is room here, and whether the guest's file system is whole; paths that leave out what is broken may come.");
    }
}
