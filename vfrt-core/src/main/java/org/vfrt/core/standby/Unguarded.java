package org.vfrt.core.standby;

import java.util.List;
import java.util.Map;
import org.vfrt.core.claim.EntryFacts;

/** Hosts that were seen not to ask for permits: a protected guest may run there without anybody's leave. Kept in the register, so that nobody who is in a hurry has to ask all hosts. */
final class Unguarded {

    private static final String PREFIX = "unguarded/";

    private final StandbyWorld world;

    Unguarded(StandbyWorld world) {
        this.world = world;
    }

    List<String> hosts() {
        return world.register().list(PREFIX).stream()
                .map(entry -> entry.key().substring(PREFIX.length()))
                .toList();
    }

    /** Notes what hosts said just now; of all others what is there stays. */
    void note(Map<String, Permits.Standing> standings) {
        List<String> known = hosts();
        standings.forEach((host, standing) -> {
            RegisterValue value = new RegisterValue(world.register(), PREFIX + host);
            if (!standing.installed() && !known.contains(host)) {
                value.put(
                        EntryFacts.writing().put("at", world.clock().instant()).text());
            } else if (standing.installed() && known.contains(host)) {
                value.clear();
            }
        });
    }
}
