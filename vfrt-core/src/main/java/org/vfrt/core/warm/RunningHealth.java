package org.vfrt.core.warm;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.GuestState;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.pool.Pool;
import org.vfrt.core.standby.Health;
import org.vfrt.core.standby.Protection;

/** A guest is healthy when it is seen running twice, and has used CPU time in between: libvirt's word alone is not enough (rule 5). Safe for several threads. */
public final class RunningHealth implements Health {

    private final Pool pool;
    private final Map<Seen, Duration> cpuTimes = new ConcurrentHashMap<>();

    public RunningHealth(Pool pool) {
        this.pool = pool;
    }

    /** One guest on one host, as one domain. */
    private record Seen(String host, UUID guest, int domain) {}

    @Override
    public Verdict check(Protection protection, String host) {
        try (Hypervisor there = pool.connect(host)) {
            Optional<Guest> guest = there.guest(protection.guest());
            if (guest.isEmpty() || guest.get().state() == GuestState.CRASHED) {
                return Verdict.ILL;
            }
            if (!guest.get().state().running()) {
                return Verdict.NOT_YET;
            }
            Duration now = guest.get().cpuTime();
            Duration before =
                    cpuTimes.put(new Seen(host, protection.guest(), guest.get().id()), now);
            return before != null && now.compareTo(before) > 0 ? Verdict.HEALTHY : Verdict.NOT_YET;
        } catch (Failure e) {
            return Verdict.NOT_YET;
        }
    }
}
