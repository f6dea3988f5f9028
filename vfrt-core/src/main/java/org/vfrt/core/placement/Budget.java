package org.vfrt.core.placement;

import java.time.Duration;

/** How long a search may take. */
final class Budget {

    private final long begunNanos = System.nanoTime();
    private final long nanos;

    Budget(Duration time) {
        this.nanos = time.toNanos();
    }

    boolean isOver() {
        return System.nanoTime() - begunNanos >= nanos;
    }

    /** Returns how much of the time has gone, from 0 to 1. */
    double share() {
        return nanos == 0 ? 1 : Math.min(1, (double) (System.nanoTime() - begunNanos) / nanos);
    }
}
