package org.vfrt.core.standby;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.vfrt.core.claim.Place;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.Host;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.pool.Pool;

/** What hosts let run, and what runs there, asked and told over a connection of its own each time. Every method throws {@link org.vfrt.core.failure.Temporary} when the host does not answer. */
final class Gates {

    private final Pool pool;
    private final Permits permits;

    Gates(Pool pool, Permits permits) {
        this.pool = pool;
        this.permits = permits;
    }

    List<String> hosts() {
        return pool.hosts().stream().map(Host::name).toList();
    }

    Permits.Standing standing(String host) {
        return at(host, permits::standing);
    }

    void guard(String host, UUID guest, String name) {
        at(host, there -> {
            permits.guard(there, guest, name);
            return host;
        });
    }

    /**
     * Has a host guard a guest before a claim names it, and hear of an epoch: once it has, nobody who was told long ago to unguard the guest takes the guard away. In between somebody
     * may have, so it is asked for again.
     */
    void guard(String host, UUID guest, String name, long epoch) {
        guard(host, guest, name);
        try {
            withdraw(host, guest, epoch);
        } catch (Refused e) {
            // It has heard of a later one, which is as good.
        }
        guard(host, guest, name);
    }

    void unguard(String host, UUID guest, long epoch) {
        at(host, there -> {
            permits.unguard(there, guest, epoch);
            return host;
        });
    }

    void give(Place place, UUID guest, long epoch) {
        at(place.host(), there -> {
            permits.give(there, place.boot(), guest, epoch);
            return place;
        });
    }

    void withdraw(String host, UUID guest, long epoch) {
        at(host, there -> {
            permits.withdraw(there, guest, epoch);
            return host;
        });
    }

    void rejoin(Place place) {
        at(place.host(), there -> {
            permits.rejoin(there, place.boot());
            return place;
        });
    }

    /** Asks the host itself, also for what libvirt does not know of. */
    Presence presence(String host, UUID guest) {
        return at(host, there -> {
            Optional<Guest> found = there.guest(guest);
            if (found.filter(one -> one.state().running()).isPresent()) {
                return Presence.RUNNING;
            }
            Optional<Guest> active = found.filter(one -> one.state().active());
            if (active.filter(one -> !one.neverRan()).isPresent()) {
                return Presence.HALTED;
            }
            return active.isPresent() || there.unmanaged(guest).isPresent() ? Presence.THERE : Presence.ABSENT;
        });
    }

    private <T> T at(String host, Function<Hypervisor, T> question) {
        try (Hypervisor there = pool.connect(host)) {
            return question.apply(there);
        }
    }
}
