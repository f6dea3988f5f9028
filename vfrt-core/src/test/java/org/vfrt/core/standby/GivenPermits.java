package org.vfrt.core.standby;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.vfrt.core.pool.Hypervisor;

/** Hosts that all guard one guest, and have the permits for it that a test gives them. Nothing that they are told changes them. */
public final class GivenPermits implements Permits {

    private final UUID guest;
    private final Map<String, Long> permits = new HashMap<>();

    public GivenPermits(UUID guest) {
        this.guest = guest;
    }

    /** Gives a host one. */
    public void put(String host, long epoch) {
        permits.put(host, epoch);
    }

    @Override
    public Standing standing(Hypervisor host) {
        return new Standing(
                "boot",
                true,
                true,
                List.of(new Guarded(
                        guest,
                        "web1",
                        0,
                        Optional.ofNullable(permits.get(host.host().name())))));
    }

    @Override
    public void guard(Hypervisor host, UUID guest, String name) {}

    @Override
    public void unguard(Hypervisor host, UUID guest) {}

    @Override
    public void give(Hypervisor host, String boot, UUID guest, long epoch) {}

    @Override
    public void withdraw(Hypervisor host, UUID guest, long epoch) {}

    @Override
    public void rejoin(Hypervisor host, String boot) {}
}
