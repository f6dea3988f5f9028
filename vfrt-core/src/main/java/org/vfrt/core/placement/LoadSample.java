package org.vfrt.core.placement;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;

/**
 * The CPU time that a host's domains had used at one moment. libvirt's Xen driver has nothing better: use is what is added from one sample to the next.
 *
 * @param ownCpuTime that of Domain-0
 * @param guestCpuTimes that of each running guest
 */
public record LoadSample(Instant at, Duration ownCpuTime, Map<UUID, Duration> guestCpuTimes) {

    public LoadSample {
        guestCpuTimes = Map.copyOf(guestCpuTimes);
    }
}
