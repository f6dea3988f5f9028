package org.vfrt.core.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.vfrt.core.durable.DurableFiles;

/**
 * A lock between the processes of one machine. The system gives it back when its holder dies. For any number of threads and
 * processes.
 */
final class LockFile implements StoreLock {

    /** Java does not let two threads of one process wait for the same file. */
    private static final ConcurrentHashMap<Path, ReentrantLock> HERE = new ConcurrentHashMap<>();

    private final Path file;

    LockFile(Path file) {
        this.file = file;
    }

    @Override
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

    @Override
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
