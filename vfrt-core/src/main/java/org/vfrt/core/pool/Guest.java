package org.vfrt.core.pool;

import java.time.Duration;
import java.util.UUID;

/**
 * A guest as its host reported it at one moment.
 *
 * @param id the domain id, -1 when the guest is not active
 * @param cpuTime CPU time used so far by all virtual CPUs, zero when not active
 * @param memoryBytes memory it has now
 * @param persistent whether the host keeps a definition of it
 */
public record Guest(
        String name,
        UUID uuid,
        int id,
        GuestState state,
        Duration cpuTime,
        long memoryBytes,
        int vcpus,
        boolean persistent) {

    /** Returns whether it was received or restored and never let run: paused, without a nanosecond of CPU time. */
    public boolean neverRan() {
        return state == GuestState.PAUSED && cpuTime.isZero();
    }
}
