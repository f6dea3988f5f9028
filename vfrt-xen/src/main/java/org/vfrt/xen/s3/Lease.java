package org.vfrt.xen.s3;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Temporary;

/**
 * An object that says that somebody holds something, for as long as it is renewed. The holder trusts it for less time than others wait:
 * counted from before the last request that was answered, by a clock that nobody sets. For any number of threads.
 */
final class Lease implements AutoCloseable {

    /** Of its term: how long after a renewal the next one comes, and how long after one the holder still trusts it. */
    private static final double RENEWED_AFTER = 0.25;

    private static final double TRUSTED_FOR = 0.6;

    private static final ScheduledThreadPoolExecutor RENEWING = renewing();

    private final Objects objects;
    private final String key;
    private final Duration term;
    private final ScheduledFuture<?> renewal;
    private LeaseText text;
    private String etag;
    private long confirmedNanos;
    private boolean lost;
    private boolean closed;

    private static ScheduledThreadPoolExecutor renewing() {
        // Two, so that one store that does not answer does not keep the leases of another from being renewed.
        ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(2, task -> {
            Thread thread = new Thread(task, "lease");
            thread.setDaemon(true);
            return thread;
        });
        executor.setRemoveOnCancelPolicy(true);
        return executor;
    }

    /**
     * Takes over an object that was just written.
     *
     * @param askedNanos when the request to write it was sent
     */
    Lease(Objects objects, String key, LeaseText text, String etag, Duration term, long askedNanos) {
        this.objects = objects;
        this.key = key;
        this.text = text;
        this.etag = etag;
        this.term = term;
        this.confirmedNanos = askedNanos;
        long every = (long) (term.toNanos() * RENEWED_AFTER);
        this.renewal = RENEWING.scheduleWithFixedDelay(this::renewQuietly, every, every, TimeUnit.NANOSECONDS);
    }

    String key() {
        return key;
    }

    private void renewQuietly() {
        try {
            renew();
        } catch (Failure e) {
            // The next turn may come through; until then the holder trusts it less and less.
        }
    }

    /** Returns whether it is still held. */
    private synchronized boolean renew() {
        if (lost || closed) {
            return false;
        }
        long asked = System.nanoTime();
        LeaseText next = text.next();
        Optional<String> renewed = objects.putIfMatch(key, next.bytes(), etag);
        if (renewed.isEmpty()) {
            lost = true;
            return false;
        }
        text = next;
        etag = renewed.get();
        confirmedNanos = asked;
        return true;
    }

    /**
     * Makes sure that it is held, before a step that nobody else may do meanwhile.
     *
     * @throws Temporary when it is not
     */
    synchronized void demandHeld() {
        if (!isTrusted() && !renew()) {
            throw new Temporary(
                    "store-lock-lost",
                    "the store could not be reached for so long that others may go on with what was held in it ('" + key
                            + "')",
                    "Type the command again. What was not finished is removed by the next collection.");
        }
    }

    private boolean isTrusted() {
        return !lost && !closed && System.nanoTime() - confirmedNanos < term.toNanos() * TRUSTED_FOR;
    }

    /** Gives it back: the object stays, and says that nobody holds it. */
    synchronized void giveBack() {
        if (ended()) {
            objects.putIfMatch(key, text.givenBack().bytes(), etag);
        }
    }

    /** Gives it up, with its object, which nobody else ever writes to. */
    @Override
    public synchronized void close() {
        if (ended()) {
            objects.delete(key);
        }
    }

    private boolean ended() {
        boolean first = !closed;
        closed = true;
        renewal.cancel(false);
        return first;
    }

    /** Stops renewing it, as a process does that dies. */
    synchronized void abandon() {
        closed = true;
        renewal.cancel(false);
    }
}
