package org.vfrt.core.placement;

import java.util.Set;

/**
 * Which guests belong together or apart, and on which hosts.
 *
 * @param name how messages call it
 * @param hard whether it must hold, or only should
 * @param guests names of guests it is about; those the pool does not have count for nothing
 * @param hosts names of hosts, for {@link Kind#ON} and {@link Kind#NOT_ON}
 */
public record Rule(String name, Kind kind, boolean hard, Set<String> guests, Set<String> hosts) {

    public Rule {
        guests = Set.copyOf(guests);
        hosts = Set.copyOf(hosts);
    }

    /** What a rule asks for. */
    public enum Kind {
        /** All of its guests on one host. */
        TOGETHER,
        /** Each of its guests on another host. */
        APART,
        /** Each of its guests in another failure domain. */
        DOMAINS_APART,
        /** Its guests on its hosts only. */
        ON,
        /** Its guests on none of its hosts. */
        NOT_ON
    }
}
