package org.vfrt.core.simulate;

import java.time.Duration;
import java.time.Instant;
import java.util.PriorityQueue;
import org.vfrt.core.process.Ticker;

/** Time that passes only when somebody waits, and what is due meanwhile happens. For one thread. */
final class VirtualTime implements Ticker {

    private static final Instant BEGINNING = Instant.parse("2026-01-01T00:00:00Z");

    private final PriorityQueue<Due> due = new PriorityQueue<>();
    private long nanos;
    private long count;

    private record Due(long nanos, long number, Runnable happening) implements Comparable<Due> {

        @Override
        public int compareTo(Due other) {
            return nanos == other.nanos ? Long.compare(number, other.number) : Long.compare(nanos, other.nanos);
        }
    }

    @Override
    public Duration elapsed() {
        return Duration.ofNanos(nanos);
    }

    long nanos() {
        return nanos;
    }

    /** The time of day by a clock that is right. */
    Instant instant() {
        return BEGINNING.plusNanos(nanos);
    }

    @Override
    public void sleep(Duration time) {
        long until = nanos + Math.max(0, time.toNanos());
        while (!due.isEmpty() && due.peek().nanos <= until) {
            Due next = due.poll();
            nanos = Math.max(nanos, next.nanos);
            next.happening.run();
        }
        // What happened may have taken time itself.
        nanos = Math.max(nanos, until);
    }

    /** Has something happen later. */
    void after(Duration delay, Runnable happening) {
        due.add(new Due(nanos + delay.toNanos(), count++, happening));
    }
}
