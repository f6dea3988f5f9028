package org.vfrt.core.store;

import java.io.IOException;
import java.util.Optional;

/** Held by one at a time, on whichever machine. Whoever dies loses it. For any number of threads. */
public interface StoreLock {

    /** What is done while the lock is held. */
    @FunctionalInterface
    interface Step<T> {
        T run() throws IOException;
    }

    /** Does something, unless somebody else holds the lock: then it is empty. */
    <T> Optional<T> tryHolding(Step<T> step) throws IOException;

    /** Waits until nobody else holds it, then does something. */
    <T> T holding(Step<T> step) throws IOException;
}
