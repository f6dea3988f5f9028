package org.vfrt.core.process;

import java.time.Duration;

/**
 * Time that only passes: it is never set, and never goes back. Durations are measured with it; moments are not told. Not comparable between processes or machines. Safe for
 * several threads.
 */
public interface Ticker {

    /** Returns how long it has been since some moment that stays the same for this process. */
    Duration elapsed();

    /** Passes time. */
    void sleep(Duration time) throws InterruptedException;
}
