package org.vfrt.core.evidence;

import java.time.Duration;
import java.util.Optional;

/** The leases that hosts with an armed watchdog renew in a place that controllers read as well. */
public interface Leases {

    /** No host has one. */
    Leases NONE = host -> Optional.empty();

    /**
     * Reads a host's lease.
     *
     * @return empty when it has none, or gave it back
     * @throws org.vfrt.core.failure.Temporary when the place they are in does not answer
     */
    Optional<Lease> read(String host);

    /**
     * A lease. While it stands, the host is reset by its watchdog when it has not renewed it for so long.
     *
     * @param boot the boot that renews it
     * @param renewals how often it was renewed
     * @param watchdog after how long without a renewal the host resets itself, by its own clock
     */
    record Lease(String boot, long renewals, Duration watchdog) {}
}
