package org.vfrt.core.placement;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.vfrt.core.pool.Version;

/**
 * A guest as the scorer sees it.
 *
 * @param host the name of the host it runs on
 * @param need what it takes on whichever host it is; memory with what Xen needs for it besides
 * @param facilities what a host must have for it
 * @param hypervisorVersion the version it runs on; a guest does not go to an older one
 * @param bound why it cannot be moved while it runs, in words; empty for most
 * @param dirtyBytesPerSecond how fast it writes to its memory, as learned; zero when not known
 * @param barred hosts that it is not moved to, by name, and why; it can be started there when its own host dies
 */
public record GuestLoad(
        String name,
        UUID uuid,
        String host,
        Amount need,
        Set<Facility> facilities,
        Version hypervisorVersion,
        Optional<Bound> bound,
        long dirtyBytesPerSecond,
        Map<String, Bound> barred) {

    public GuestLoad {
        facilities = Set.copyOf(facilities);
        barred = Map.copyOf(barred);
    }

    /** A guest that may go to any host. */
    public GuestLoad(
            String name,
            UUID uuid,
            String host,
            Amount need,
            Set<Facility> facilities,
            Version hypervisorVersion,
            Optional<Bound> bound,
            long dirtyBytesPerSecond) {
        this(name, uuid, host, need, facilities, hypervisorVersion, bound, dirtyBytesPerSecond, Map.of());
    }

    /**
     * Why a guest stays where it is, or does not go to some host, as long as its own lives.
     *
     * @param code the code of the rejection that another host gets
     * @param reason in words
     */
    public record Bound(Rejection.Code code, String reason) {}

    /** Returns whether it cannot be started on another host either, when its own dies: it needs a device of it. */
    boolean diesWithHost() {
        return bound.filter(why -> why.code() == Rejection.Code.PASSTHROUGH).isPresent();
    }

    /** Returns the same guest on another host. */
    public GuestLoad on(String other) {
        return new GuestLoad(
                name, uuid, other, need, facilities, hypervisorVersion, bound, dirtyBytesPerSecond, barred);
    }

    /** Returns the same guest, with how fast it writes to its memory. */
    public GuestLoad writing(long bytesPerSecond) {
        return new GuestLoad(name, uuid, host, need, facilities, hypervisorVersion, bound, bytesPerSecond, barred);
    }

    /** Returns the same guest, which stays where it is. */
    public GuestLoad staying(Bound why) {
        return new GuestLoad(
                name, uuid, host, need, facilities, hypervisorVersion, Optional.of(why), dirtyBytesPerSecond, barred);
    }

    /** Returns the same guest, which is not moved to some hosts more. */
    public GuestLoad alsoBarredFrom(Map<String, Bound> hosts) {
        Map<String, Bound> all = new HashMap<>(hosts);
        all.putAll(barred);
        return new GuestLoad(name, uuid, host, need, facilities, hypervisorVersion, bound, dirtyBytesPerSecond, all);
    }
}
