package org.vfrt.core.evidence;

import java.time.Duration;

/** Leases that this controller can renew. Safe for use by several threads. */
public interface RenewableLeases extends Leases, AutoCloseable {

    /**
     * Renews a host's lease, and arms one where there is none. To be called several times within a third of the watchdog's time: when it does not succeed for half of that time, the
     * host is reset.
     *
     * @param watchdog how long after a renewal the host is reset at the latest; whole seconds
     * @return whether it was renewed: another controller may have been faster
     * @throws org.vfrt.core.failure.Refused when the host has another lease, or its lease has ended; {@code no-watchdog}: its watchdog cannot be used
     * @throws org.vfrt.core.failure.Temporary when the host or the register does not answer; its lease may have been renewed or not
     */
    boolean renew(String host, Duration watchdog);

    /**
     * Gives a host's lease back: it is not reset any more, whoever renews it or not. The register forgets it first, so nobody takes the silence that follows for the end of the host. A host without one
     * stays as it is.
     *
     * @throws org.vfrt.core.failure.Refused when the lease has ended
     * @throws org.vfrt.core.failure.Temporary when the host or the register does not answer
     */
    void giveBack(String host);

    /** Ends the connections to the hosts. Leases stay as they are. */
    @Override
    void close();
}
