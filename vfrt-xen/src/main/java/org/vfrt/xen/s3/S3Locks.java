package org.vfrt.xen.s3;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.vfrt.core.failure.Busy;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Temporary;
import org.vfrt.core.store.StoreLock;

/**
 * Locks that are objects, between all machines that use a bucket. An object is written with the condition that it is the one that was
 * read, so of several who want it one gets it. It belongs to whoever took it until it is given back, or was not renewed for its term by
 * the server's clock, or is of a process of this machine that is dead.
 */
final class S3Locks {

    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(50);

    private final Objects objects;
    private final String location;
    private final Processes processes;
    private final Duration term;
    private final Duration patience;
    private final Supplier<String> tokens;
    private final Map<String, ReentrantLock> here = new ConcurrentHashMap<>();
    private final Map<String, Lease> held = new ConcurrentHashMap<>();

    /**
     * Makes them.
     *
     * @param term how long a lock that is not renewed belongs to whoever took it
     * @param patience how long somebody waits for a lock that is held for moments
     */
    S3Locks(
            Objects objects,
            String location,
            Processes processes,
            Duration term,
            Duration patience,
            Supplier<String> tokens) {
        this.objects = objects;
        this.location = location;
        this.processes = processes;
        this.term = term;
        this.patience = patience;
        this.tokens = tokens;
    }

    StoreLock lock(String name) {
        return new One("locks/" + name);
    }

    /**
     * Makes sure that this process still holds a lock that it took.
     *
     * @throws Temporary when somebody else may
     */
    void demandHeld(String name) {
        Lease lease = held.get("locks/" + name);
        if (lease == null) {
            throw new IllegalStateException("lock '" + name + "' is not held");
        }
        lease.demandHeld();
    }

    private final class One implements StoreLock {

        private final String key;

        One(String key) {
            this.key = key;
        }

        @Override
        public <T> Optional<T> tryHolding(Step<T> step) throws IOException {
            ReentrantLock own = here.computeIfAbsent(key, any -> new ReentrantLock());
            if (!own.tryLock()) {
                return Optional.empty();
            }
            try {
                Optional<Lease> lease = taken();
                return lease.isEmpty() ? Optional.empty() : Optional.of(run(lease.get(), step));
            } finally {
                own.unlock();
            }
        }

        @Override
        public <T> T holding(Step<T> step) throws IOException {
            ReentrantLock own = here.computeIfAbsent(key, any -> new ReentrantLock());
            own.lock();
            try {
                return run(waited(), step);
            } finally {
                own.unlock();
            }
        }

        private <T> T run(Lease lease, Step<T> step) throws IOException {
            held.put(key, lease);
            Throwable trouble = null;
            try {
                return step.run();
            } catch (IOException | RuntimeException | Error e) {
                trouble = e;
                throw e;
            } finally {
                held.remove(key);
                giveBack(lease, trouble);
            }
        }

        /** What was done is done: that the lock could not be given back is for the next one to wait out. */
        private void giveBack(Lease lease, @Nullable Throwable trouble) {
            try {
                lease.giveBack();
            } catch (Failure e) {
                if (trouble != null) {
                    trouble.addSuppressed(e);
                }
            }
        }

        private Lease waited() {
            long begun = System.nanoTime();
            Duration pause = FIRST_PAUSE;
            while (true) {
                Optional<Lease> lease = taken();
                if (lease.isPresent()) {
                    return lease.get();
                }
                if (System.nanoTime() - begun > patience.toNanos()) {
                    throw new Busy(
                            "store-locked",
                            "the store '" + location + "' is locked by " + holder() + ", for longer than "
                                    + patience.toSeconds() + " s",
                            "See what that process does; when it dies, the lock is free after " + term.toSeconds()
                                    + " s.");
                }
                sleep(pause);
                pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
            }
        }

        private String holder() {
            try {
                return objects.get(key, LeaseText.BYTES_MAX)
                        .map(there ->
                                LeaseText.of(there.value().content()).owner().shown())
                        .orElse("somebody");
            } catch (IOException e) {
                return "somebody";
            }
        }

        /** Takes the lock; empty when somebody else has it. */
        private Optional<Lease> taken() {
            Optional<Objects.Answer<Objects.Small>> there;
            try {
                there = objects.get(key, LeaseText.BYTES_MAX);
            } catch (IOException e) {
                throw new Temporary("store-locked", "the lock cannot be read: " + e.getMessage(), "", e);
            }
            LeaseText text = new LeaseText(true, tokens.get(), 0, processes.self());
            long asked = System.nanoTime();
            Optional<String> etag = there.isEmpty()
                    ? objects.putIfAbsent(key, text.bytes())
                    : isFree(there.get())
                            ? objects.putIfMatch(
                                    key, text.bytes(), there.get().value().etag())
                            : Optional.empty();
            return etag.map(written -> new Lease(objects, key, text, written, term, asked));
        }

        private boolean isFree(Objects.Answer<Objects.Small> there) {
            LeaseText text = LeaseText.of(there.value().content());
            return !text.held()
                    || processes.isDead(text.owner())
                    || there.value().modified().plus(term).isBefore(there.now());
        }
    }

    private static void sleep(Duration pause) {
        try {
            Thread.sleep(pause.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Temporary("interrupted", "waiting for the store's lock was interrupted", "");
        }
    }
}
