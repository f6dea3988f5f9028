package org.vfrt.core.warm;

import org.vfrt.core.evidence.Watch;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.pool.Pool;
import org.vfrt.core.standby.Permits;

/** Looks at hosts through what vfrt works with: libvirt and a shell have to answer. Safe for several threads. */
public final class HostsWatch implements Watch {

    private final Pool pool;
    private final Permits permits;

    public HostsWatch(Pool pool, Permits permits) {
        this.pool = pool;
        this.permits = permits;
    }

    @Override
    public Sighting look(String host) {
        try (Hypervisor there = pool.connect(host)) {
            return Sighting.alive(permits.standing(there).boot());
        } catch (Failure e) {
            return Sighting.silent(e.getMessage());
        }
    }
}
