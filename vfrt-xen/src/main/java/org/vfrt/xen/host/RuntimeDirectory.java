package org.vfrt.xen.host;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.process.KnownProcess;

/**
 * A private directory of this machine for a socket and what belongs to it, for as long as this process needs it. Closing it removes it;
 * one whose process was killed is removed when the next is made.
 */
public final class RuntimeDirectory implements AutoCloseable {

    private static final String PREFIX = "vfrt-run-";

    /** 108 bytes hold a socket's path; ssh appends a dot and 16 characters while it makes the socket. */
    private static final int LENGTH_MAX = 80;

    /** What {@link Files#createTempDirectory} appends, at most. */
    private static final int RANDOM_LENGTH = 24;

    private static final String OWNER = "owner";

    /** Within this time a new one says whose it is. */
    private static final Duration YOUNG = Duration.ofMinutes(10);

    private final Path path;

    private RuntimeDirectory(Path path) {
        this.path = path;
    }

    /**
     * Makes one that only this user can enter, in {@code $XDG_RUNTIME_DIR} or the temporary directory.
     *
     * @throws Failed {@code no-temporary-directory}
     */
    public static RuntimeDirectory make() {
        IOException last = null;
        for (String candidate : List.of(
                System.getenv().getOrDefault("XDG_RUNTIME_DIR", ""),
                System.getProperty("java.io.tmpdir", ""),
                "/tmp")) {
            Path parent = Path.of(candidate);
            if (parent.isAbsolute()
                    && candidate.getBytes(StandardCharsets.UTF_8).length + PREFIX.length() + RANDOM_LENGTH <= LENGTH_MAX
                    && Files.isWritable(parent)) {
                sweep(parent);
                try {
                    return makeIn(parent);
                } catch (IOException e) {
                    last = e;
                }
            }
        }
        throw noneWritable(last);
    }

    private static RuntimeDirectory makeIn(Path parent) throws IOException {
        RuntimeDirectory made = new RuntimeDirectory(Files.createTempDirectory(
                parent, PREFIX, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))));
        boolean complete = false;
        try {
            Files.writeString(made.path.resolve(OWNER), KnownProcess.note());
            complete = true;
            return made;
        } finally {
            if (!complete) {
                made.close();
            }
        }
    }

    private static Failed noneWritable(@Nullable IOException last) {
        return new Failed(
                "no-temporary-directory",
                "no private directory for a socket could be made on this machine"
                        + (last == null ? "" : ": " + last.getMessage()),
                "Look whether '" + System.getProperty("java.io.tmpdir") + "' is there, writable and not full.",
                last);
    }

    static void sweep(Path parent) {
        try (DirectoryStream<Path> all = Files.newDirectoryStream(parent, PREFIX + "*")) {
            for (Path one : all) {
                if (Files.isDirectory(one, LinkOption.NOFOLLOW_LINKS) && Files.isReadable(one) && isLeft(one)) {
                    new RuntimeDirectory(one).close();
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            // Somebody else sweeps too, or may not look there; litter harms nobody.
            return;
        }
    }

    private static boolean isLeft(Path directory) throws IOException {
        Path owner = directory.resolve(OWNER);
        return Files.isReadable(owner)
                ? KnownProcess.isDead(Files.readString(owner))
                : Files.getLastModifiedTime(directory)
                        .toInstant()
                        .isBefore(Instant.now().minus(YOUNG));
    }

    /** Returns a path for the socket, short enough for one. */
    public Path socket() {
        return path.resolve("s");
    }

    /** Returns a path for what the socket's program says. */
    Path log() {
        return path.resolve("log");
    }

    /** Returns a path for a program that is needed beside the socket. */
    Path program() {
        return path.resolve("ssh");
    }

    /** Nothing but what is made here goes: a directory in which somebody keeps something else stays. */
    @Override
    public void close() {
        try {
            for (Path file : List.of(socket(), log(), program(), path.resolve(OWNER))) {
                Files.deleteIfExists(file);
            }
            Files.deleteIfExists(path);
        } catch (IOException e) {
            // A private directory harms nobody.
            return;
        }
    }
}
