package org.vfrt.core.drill;

import java.time.Duration;

/** Passes time. */
@FunctionalInterface
public interface Sleeper {
    void sleep(Duration time) throws InterruptedException;
}
