package org.vfrt.core.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.vfrt.core.durable.ProcessLock;

/** A store's lock where one machine alone works on it. */
final class LockFile implements StoreLock {

    private final ProcessLock lock;

    LockFile(Path file) {
        this.lock = new ProcessLock(file);
    }

    @Override
    public <T> Optional<T> tryHolding(Step<T> step) throws IOException {
        return lock.tryHolding(step::run);
    }

    @Override
    public <T> T holding(Step<T> step) throws IOException {
        return lock.holding(step::run);
    }
}
