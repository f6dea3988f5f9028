package org.vfrt.core.placement;

import java.util.HashMap;
import java.util.Map;

/** The numbers that hosts and guests have in a pool's lists. */
final class Names {

    private final Map<String, Integer> hosts;
    private final Map<String, Integer> guests;

    Names(PoolLoad pool) {
        hosts = new HashMap<>(2 * pool.hosts().size());
        pool.hosts().forEach(host -> hosts.put(host.name(), hosts.size()));
        guests = new HashMap<>(2 * pool.guests().size());
        pool.guests().forEach(guest -> guests.put(guest.name(), guests.size()));
    }

    /** Returns the number of a host, or -1. */
    int host(String name) {
        return hosts.getOrDefault(name, -1);
    }

    /** Returns the number of a guest, or -1. */
    int guest(String name) {
        return guests.getOrDefault(name, -1);
    }
}
