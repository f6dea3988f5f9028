package org.vfrt.xen.disk;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.vfrt.core.durable.DurableFiles;
import org.vfrt.core.failure.Failed;

/**
 * The hooks that have taken states of disks from this machine, so that the next command finds what one left that died, whatever it is told. A path on
 * each line, in a file of the state directory.
 */
public final class KnownHooks {

    static final String FILE = "disk-hooks";
    private static final int BYTES_MAX = 1 << 20;

    private final Path directory;
    private final Path file;

    public KnownHooks(Path stateDirectory) {
        this.directory = stateDirectory;
        this.file = stateDirectory.resolve(FILE);
    }

    /** Returns their programs, the latest first. */
    public List<Path> programs() {
        try {
            List<Path> programs = new ArrayList<>();
            new String(DurableFiles.read(file, BYTES_MAX), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> line.startsWith("/"))
                    .distinct()
                    .forEach(line -> programs.add(0, Path.of(line)));
            return programs;
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException e) {
            throw unclear("cannot be read", e);
        }
    }

    /** Notes one, before it is told to do anything. */
    public void note(Path program) {
        if (programs().contains(program)) {
            return;
        }
        try {
            DurableFiles.createDirectories(directory);
            // Others may note theirs at the same time.
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
                DurableFiles.writeAll(channel, (program + "\n").getBytes(StandardCharsets.UTF_8));
                channel.force(true);
            }
            DurableFiles.sync(directory);
        } catch (IOException e) {
            throw unclear("cannot be written", e);
        }
    }

    private Failed unclear(String what, IOException e) {
        return new Failed(
                "disk-hooks-unclear",
                "'" + file + "', which says what disk hooks there are, " + what + ": " + e.getMessage(),
                "See who may write to the state directory.",
                e);
    }
}
