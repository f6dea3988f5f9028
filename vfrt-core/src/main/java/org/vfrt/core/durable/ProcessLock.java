package org.vfrt.core.durable;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A lock between the threads and processes of one machine, on a file. The system gives it back when its holder dies. For any number of threads and
 * processes.
 */
public final class ProcessLock {

    /** Java does not let two threads of one process wait for the same file. */
    private static final ConcurrentHashMap<Path, ReentrantLock> HERE = new ConcurrentHashMap<>();

    private final Path file;

    public ProcessLock(Path file) {
        this.file = file;
    }

    /** What is done while the lock is held. */
    @FunctionalInterface
    public interface Step<T> {
        T run() throws IOException;
    }

    /** Does something, unless somebody else holds the lock: then it is empty. */
    public <T> Optional<T> tryHolding(Step<T> step) throws IOException {
        ReentrantLock here = HERE.computeIfAbsent(file, path -> new ReentrantLock());
        if (!here.tryLock()) {
            return Optional.empty();
        }
        try (FileChannel channel = DurableFiles.openOrCreate(file)) {
            return channel.tryLock() == null ? Optional.empty() : Optional.of(step.run());
        } finally {
            here.unlock();
        }
    }

    /** Waits until nobody else holds it, then does something. */
    public <T> T holding(Step<T> step) throws IOException {
        ReentrantLock here = HERE.computeIfAbsent(file, path -> new ReentrantLock());
        here.lock();
        try (FileChannel channel = DurableFiles.openOrCreate(file)) {
            // Released with the channel.
            channel.lock();
            return step.run();
        } finally {
            here.unlock();
        }
    }
}
