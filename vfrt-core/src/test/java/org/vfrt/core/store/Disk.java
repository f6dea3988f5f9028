package org.vfrt.core.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.vfrt.core.store.DiskOperation.Node;

/**
 * A disk that writes down all that is done to it, and that breaks on demand: every path below {@link #root} is one of a file system
 * that hands everything on to real files and records it. {@link PowerCut} makes from the record what a crash would have left.
 * Nothing is synced in earnest, which makes it fast. For any number of threads.
 */
public final class Disk {

    /** What is done by whoever changes something. */
    @FunctionalInterface
    interface Step<T> {
        T run() throws IOException;
    }

    /** How a disk breaks. */
    public enum Fault {
        /** The process dies: neither this operation nor any later one happens. */
        DEATH,
        /** No byte and no name more; what frees space goes on. */
        FULL,
        /** One operation fails, the next ones do not. */
        ONE_ERROR
    }

    private final Path real;
    private final DiskFileSystem files;
    private final Node top = new Node(true);
    private final List<DiskOperation> done = new ArrayList<>();
    private @Nullable Fault fault;
    private int until;
    private boolean struck;

    /**
     * Takes a directory for a disk.
     *
     * @param real what is in it is durable
     */
    public Disk(Path real) throws IOException {
        this.real = real;
        this.files = new DiskFileSystem(this);
        take(real, top);
    }

    private void take(Path directory, Node node) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            for (Path entry : entries.sorted().toList()) {
                Node child = new Node(Files.isDirectory(entry));
                add(new DiskOperation.Made(node, name(entry), child));
                if (child.directory) {
                    take(entry, child);
                } else {
                    add(new DiskOperation.Written(child, 0, ByteBuffer.wrap(Files.readAllBytes(entry))));
                    add(new DiskOperation.Forced(child));
                }
            }
        }
        add(new DiskOperation.Synced(node));
    }

    public Path root() {
        return new DiskPath(files, real);
    }

    Node top() {
        return top;
    }

    /** Returns how many operations there were. */
    public synchronized int size() {
        return done.size();
    }

    /** Returns the first operations. */
    synchronized List<DiskOperation> first(int count) {
        return List.copyOf(done.subList(0, count));
    }

    /** Breaks after so many more operations. */
    public synchronized void breakAfter(int operations, Fault how) {
        fault = how;
        until = operations;
        struck = false;
    }

    /** Makes it whole again, with what is on it; returns whether it had broken. */
    public synchronized boolean mend() {
        fault = null;
        return struck;
    }

    synchronized void demandAlive() throws IOException {
        if (fault == Fault.DEATH && struck) {
            throw new IOException("this process is dead");
        }
    }

    /** Changes something, and writes it down. */
    synchronized <T> T change(DiskOperation operation, Step<T> step) throws IOException {
        strike(operation);
        T result = step.run();
        add(operation);
        return result;
    }

    /** Does what nobody has to be able to tell apart from nothing at a crash. */
    synchronized <T> T look(Step<T> step) throws IOException {
        demandAlive();
        return step.run();
    }

    private void strike(DiskOperation operation) throws IOException {
        demandAlive();
        if (fault == null || (struck && fault == Fault.ONE_ERROR) || spares(fault, operation)) {
            return;
        }
        if (until-- > 0) {
            return;
        }
        struck = true;
        throw trouble(fault);
    }

    private static IOException trouble(Fault fault) {
        return switch (fault) {
            case DEATH -> new IOException("this process is dead");
            case FULL -> new FileSystemException("a file", null, "No space left on device");
            case ONE_ERROR -> new IOException("Input/output error");
        };
    }

    /** A full disk still frees and renames, and nobody has to survive that garbage cannot be removed. */
    private static boolean spares(Fault fault, DiskOperation operation) {
        return switch (fault) {
            case DEATH -> false;
            case FULL -> !(operation instanceof DiskOperation.Made || operation instanceof DiskOperation.Written);
            case ONE_ERROR -> operation instanceof DiskOperation.Removed;
        };
    }

    private void add(DiskOperation operation) {
        if (operation instanceof DiskOperation.Made made) {
            made.in().children.put(made.name(), made.what());
        } else if (operation instanceof DiskOperation.Removed removed) {
            removed.from().children.remove(removed.name());
        } else if (operation instanceof DiskOperation.Renamed renamed) {
            Node what = renamed.from().children.remove(renamed.name());
            if (what == null) {
                throw new IllegalStateException(renamed.name() + " is not known");
            }
            renamed.to().children.put(renamed.newName(), what);
        }
        done.add(operation);
    }

    /** Returns what is at a real path, as far as it was seen to be made. */
    synchronized @Nullable Node at(Path path) {
        Node node = top;
        for (Path part : real.relativize(path)) {
            if (!part.toString().isEmpty() && node != null) {
                node = node.children.get(part.toString());
            }
        }
        return node;
    }

    /** Returns what must be at a real path for the system to have done what it did. */
    Node known(Path path) throws IOException {
        Node node = at(path);
        if (node == null) {
            throw new NoSuchFileException(path.toString());
        }
        return node;
    }

    Node parent(Path path) throws IOException {
        // To a dead process nothing is there, not even a root.
        demandAlive();
        return known(Objects.requireNonNull(path.getParent()));
    }

    static String name(Path path) {
        return String.valueOf(path.getFileName());
    }

    void remove(Path path) throws IOException {
        Node node = known(path);
        if (node.directory && !node.children.isEmpty()) {
            throw new DirectoryNotEmptyException(path.toString());
        }
        change(new DiskOperation.Removed(parent(path), name(path)), () -> {
            Files.delete(path);
            return path;
        });
    }
}
