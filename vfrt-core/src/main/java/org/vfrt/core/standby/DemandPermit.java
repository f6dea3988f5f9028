package org.vfrt.core.standby;

import org.vfrt.core.failure.Refused;
import org.vfrt.core.pool.Hypervisor;

/** Makes sure that a host has the permit of a start before anything is begun there. The hook lets start whoever has a permit; that it is this one's is asked here. As safe for threads as the permits. */
public final class DemandPermit {

    private final Permits permits;

    public DemandPermit(Permits permits) {
        this.permits = permits;
    }

    /**
     * Asks the host.
     *
     * @throws Refused when it has none of this epoch
     */
    public void run(Activator.Start start, Hypervisor target) {
        boolean given = permits.standing(target).guarded().stream()
                .filter(guarded -> guarded.guest().equals(start.guest()))
                .flatMap(guarded -> guarded.permit().stream())
                .anyMatch(epoch -> epoch == start.epoch());
        if (!given) {
            throw new Refused(
                    "no-permit",
                    "host '" + target.host().name() + "' has no permit of epoch " + start.epoch() + " for guest '"
                            + start.name() + "'",
                    "Somebody else is ahead; see 'vfrt standby status'.");
        }
    }
}
