package org.vfrt.xen.endpoint;

import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * A bounded ring of bytes between the thread that reads the network and the one that writes the pipe, which remembers when the
 * bytes arrived. One producer and one consumer.
 *
 * <p>Arrivals less than a millisecond apart share one time, so that many small ones do not need many notes.
 */
final class ArrivalBuffer {

    private static final int ARRIVALS_MAX = 1 << 16;
    private static final long SAME_ARRIVAL_NANOS = 1_000_000;

    /** Bytes that arrived together, and when the last of them did. */
    record Arrival(ByteBuffer bytes, long nanos) {}

    private final ByteBuffer ring;
    private final int capacity;
    private final long[] firstNanos = new long[ARRIVALS_MAX];
    private final long[] lastNanos = new long[ARRIVALS_MAX];
    private final int[] lengths = new int[ARRIVALS_MAX];
    private int oldest;
    private int arrivals;
    private int start;
    private int used;
    private boolean finished;
    private boolean discarding;

    ArrivalBuffer(int capacity) {
        this.capacity = capacity;
        this.ring = ByteBuffer.allocateDirect(capacity);
    }

    /**
     * Returns free space to read into, in one piece; waits for it.
     *
     * @return empty when there is none within the time, or nobody wants the bytes any more
     */
    synchronized Optional<ByteBuffer> room(int bytesMax, long waitMillis) throws InterruptedException {
        long deadline = System.nanoTime() + waitMillis * 1_000_000;
        while (!discarding && (used == capacity || arrivals == ARRIVALS_MAX)) {
            long rest = (deadline - System.nanoTime()) / 1_000_000;
            if (rest <= 0) {
                return Optional.empty();
            }
            wait(rest);
        }
        if (discarding) {
            return Optional.empty();
        }
        int end = (start + used) % capacity;
        int free = Math.min(bytesMax, Math.min(capacity - used, capacity - end));
        return Optional.of(ring.slice(end, free));
    }

    /** Notes that the space handed out last now holds this many bytes. */
    synchronized void arrived(int bytes, long nanos) {
        int end = (start + used) % capacity;
        used += bytes;
        int newest = (oldest + arrivals - 1) % ARRIVALS_MAX;
        // end == 0: the piece before lies at the other end of the ring
        if (arrivals > 0
                && end != 0
                && nanos - firstNanos[newest] < SAME_ARRIVAL_NANOS
                && lengths[newest] + bytes <= Frame.BODY_BYTES_MAX) {
            lengths[newest] += bytes;
            lastNanos[newest] = nanos;
        } else {
            int next = (oldest + arrivals) % ARRIVALS_MAX;
            firstNanos[next] = nanos;
            lastNanos[next] = nanos;
            lengths[next] = bytes;
            arrivals++;
        }
        notifyAll();
    }

    /** Says that nothing will be added. */
    synchronized void finish() {
        finished = true;
        notifyAll();
    }

    /** Says that nothing will be taken. The producer is let go at once. */
    synchronized void discard() {
        discarding = true;
        notifyAll();
    }

    synchronized boolean isDiscarding() {
        return discarding;
    }

    /** Takes the oldest arrival, and waits for one; empty after the last. Its bytes stay untouched until {@link #release}. */
    synchronized Optional<Arrival> take() throws InterruptedException {
        while (arrivals == 0 && !finished) {
            wait();
        }
        if (arrivals == 0) {
            return Optional.empty();
        }
        Arrival arrival = new Arrival(ring.slice(start, lengths[oldest]), lastNanos[oldest]);
        oldest = (oldest + 1) % ARRIVALS_MAX;
        arrivals--;
        return Optional.of(arrival);
    }

    /** Gives the space of the arrival taken last back. */
    synchronized void release(int bytes) {
        start = (start + bytes) % capacity;
        used -= bytes;
        notifyAll();
    }
}
