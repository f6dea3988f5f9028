package org.vfrt.core.durable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Private, durable files. Every file is made 0600 and every directory 0700; a method that changes something returns only when
 * the change would survive a power cut. Symbolic links are never followed at the last part of a path. Safe for several threads.
 */
public final class DurableFiles {

    private static final FileAttribute<Set<PosixFilePermission>> PRIVATE_FILE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    private static final FileAttribute<Set<PosixFilePermission>> PRIVATE_DIRECTORY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private static final int PROBE_BYTES = 4096;

    private DurableFiles() {}

    /**
     * Makes a directory and every missing one above it. A directory that is there already is left as it is, and
     * its name is durable too.
     *
     * @throws NotDirectoryException when something else has that name
     */
    public static void createDirectories(Path directory) throws IOException {
        Deque<Path> missing = new ArrayDeque<>();
        for (Path at = directory.toAbsolutePath(); at != null && !Files.isDirectory(at); at = at.getParent()) {
            // Asked again: between the two questions another process may have made the very directory.
            if (Files.exists(at, LinkOption.NOFOLLOW_LINKS) && !Files.isDirectory(at)) {
                throw new NotDirectoryException(at.toString());
            }
            missing.push(at);
        }
        Path above = parent(directory);
        if (missing.isEmpty() && Files.isReadable(above)) {
            // Whoever made it may have died before its name was durable. Where one may not even look, it was not vfrt.
            sync(above);
        }
        for (Path at : missing) {
            try {
                Files.createDirectory(at, PRIVATE_DIRECTORY);
            } catch (FileAlreadyExistsException e) {
                // Another process made it at the same moment, which is as good; anything else by that name is not.
                if (!Files.isDirectory(at)) {
                    throw e;
                }
            }
            sync(parent(at));
        }
    }

    /** Makes one directory that must not exist yet. */
    public static void createDirectory(Path directory) throws IOException {
        Files.createDirectory(directory, PRIVATE_DIRECTORY);
        try {
            sync(parent(directory));
        } catch (IOException e) {
            // Who is told that it was not made will not remove it.
            Files.deleteIfExists(directory);
            throw e;
        }
    }

    /** Makes a file that must not exist yet and opens it for writing. It is durable once the caller forces the channel. */
    public static FileChannel create(Path file) throws IOException {
        return FileChannel.open(file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), PRIVATE_FILE);
    }

    /** Opens a file for reading and writing, and makes it when there is none. */
    public static FileChannel openOrCreate(Path file) throws IOException {
        return FileChannel.open(
                file,
                Set.of(
                        StandardOpenOption.CREATE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE,
                        LinkOption.NOFOLLOW_LINKS),
                PRIVATE_FILE);
    }

    /**
     * Opens a regular file for reading.
     *
     * @throws OddFile when it is anything else: opening a pipe would wait for ever
     */
    public static FileChannel open(Path file) throws IOException {
        if (!Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .isRegularFile()) {
            throw new OddFile("'" + file + "' is not a regular file");
        }
        return FileChannel.open(file, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS));
    }

    /** Writes a file that must not exist yet. The name itself is durable once its directory is synced. */
    public static void write(Path file, byte[] content) throws IOException {
        try (FileChannel channel = create(file)) {
            writeAll(channel, content);
            channel.force(true);
        }
    }

    /** Puts a whole new content in the place of the old one: a reader, or a power cut, sees either of them and nothing between. */
    public static void replace(Path file, byte[] content) throws IOException {
        Path temporary = temporaryOf(file);
        uninterrupted(() -> {
            Files.deleteIfExists(temporary);
            write(temporary, content);
        });
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
        sync(parent(file));
    }

    /** Returns the name under which {@link #replace} prepares a new content. A crash can leave it behind. */
    public static Path temporaryOf(Path file) {
        return file.resolveSibling(file.getFileName() + ".tmp");
    }

    /**
     * Reads a whole regular file.
     *
     * @param limitBytes the most it may hold
     * @throws OddFile when it is longer, or not a regular file
     */
    public static byte[] read(Path file, int limitBytes) throws IOException {
        try (FileChannel channel = open(file)) {
            long size = channel.size();
            if (size > limitBytes) {
                throw new OddFile("'" + file + "' is longer than " + limitBytes + " bytes");
            }
            ByteBuffer content = ByteBuffer.allocate((int) size);
            while (content.hasRemaining()) {
                if (channel.read(content) < 0) {
                    throw new OddFile("'" + file + "' shrank while it was read");
                }
            }
            return content.array();
        }
    }

    /** Returns what keeps this user from writing to a directory, which may have to be made first: itself, or the nearest above it that is there. */
    public static Optional<Path> notWritable(Path directory) {
        Path there = nearest(directory);
        return Files.isDirectory(there) && Files.isWritable(there) ? Optional.empty() : Optional.of(there);
    }

    /** Returns it, or else what there is above it. */
    private static Path nearest(Path directory) {
        Path there = directory.toAbsolutePath();
        while (!Files.exists(there)) {
            there = Objects.requireNonNull(there.getParent(), "the root is always there");
        }
        return there;
    }

    /**
     * Writes a block into a directory, or where it would be made, and takes it away again: permissions say nothing of a disk that is full, nor of a file system that takes no files.
     *
     * @throws IOException when it does not work
     */
    public static void probe(Path directory) throws IOException {
        Path file = Files.createTempFile(nearest(directory), ".vfrt-", ".probe", PRIVATE_FILE);
        try {
            Files.write(file, new byte[PROBE_BYTES]);
        } finally {
            Files.deleteIfExists(file);
        }
    }

    /** Returns whether every user of the machine could put something else in place of what is in a directory, which may be missing. */
    public static boolean isOpenToOthers(Path directory) throws IOException {
        return Files.isDirectory(directory)
                && Files.getPosixFilePermissions(directory).contains(PosixFilePermission.OTHERS_WRITE);
    }

    /**
     * Returns what is in a directory, by name; nothing when there is no such directory.
     *
     * @throws NotDirectoryException when something else has that name
     */
    public static List<Path> list(Path directory) throws IOException {
        return names(directory).stream().map(directory::resolve).toList();
    }

    /** Returns the names of what {@link #list} returns: of thousands it is quicker. */
    public static List<String> names(Path directory) throws IOException {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
            stream.forEach(entry -> names.add(String.valueOf(entry.getFileName())));
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (DirectoryIteratorException e) {
            throw new IOException(e.getMessage(), e);
        }
        names.sort(null);
        return names;
    }

    /** Gives a file or directory another name on the same file system, in one step that cannot be seen half done. */
    public static void move(Path source, Path target) throws IOException {
        Files.move(source, target, StandardCopyOption.ATOMIC_MOVE);
        // Both directories: after a power cut the name must be in the one and no longer in the other.
        sync(parent(target));
        if (!parent(source).equals(parent(target))) {
            sync(parent(source));
        }
    }

    /** Removes one file; nothing happens when there is none. */
    public static void remove(Path file) throws IOException {
        if (Files.deleteIfExists(file)) {
            sync(parent(file));
        }
    }

    /** Removes a file, a symbolic link, or a directory with all that is in it; nothing happens when there is nothing. */
    public static void removeTree(Path tree) throws IOException {
        if (!Files.exists(tree, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        Files.walkFileTree(tree, new Removing());
        sync(parent(tree));
    }

    /** Makes the names in a directory durable. */
    public static void sync(Path directory) throws IOException {
        uninterrupted(() -> {
            try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
                channel.force(true);
            }
        });
    }

    /**
     * Does something to its end, and again when an interrupt came in between, which is kept for later. Java closes a channel
     * under an interrupted thread; but whoever was told to stop must still be able to write down how far it got.
     */
    private static void uninterrupted(Step step) throws IOException {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    step.run();
                    return;
                } catch (ClosedByInterruptException e) {
                    interrupted |= Thread.interrupted();
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Something that can be done twice. */
    @FunctionalInterface
    private interface Step {
        void run() throws IOException;
    }

    /** Writes everything; a channel may take less than it is given. */
    public static void writeAll(FileChannel channel, byte[] content) throws IOException {
        ByteBuffer rest = ByteBuffer.wrap(content);
        while (rest.hasRemaining()) {
            channel.write(rest);
        }
    }

    private static Path parent(Path path) {
        Path parent = path.toAbsolutePath().getParent();
        return parent == null ? path.toAbsolutePath() : parent;
    }

    /** Another process may be removing the same tree: what is gone already is no failure. */
    private static final class Removing extends SimpleFileVisitor<Path> {

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException problem) throws IOException {
            if (problem instanceof NoSuchFileException) {
                return FileVisitResult.CONTINUE;
            }
            throw problem;
        }

        @Override
        public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException problem) throws IOException {
            if (problem != null) {
                throw problem;
            }
            Files.deleteIfExists(directory);
            return FileVisitResult.CONTINUE;
        }
    }
}
