package org.vfrt.core.placement;

import java.util.List;

/**
 * What would become of the guests of hosts that fail together, if they failed now.
 *
 * @param domain the failure domain; a host's name when it fails alone
 * @param hosts the hosts that fail
 * @param moves where each guest would be started again
 * @param homeless the guests that no other host has room for, or may have
 * @param shortfallBytes the memory that these need
 * @param proven whether it is certain that not all can be placed: every way was tried. True when there are no homeless
 */
public record Survival(
        String domain,
        List<String> hosts,
        List<Move> moves,
        List<String> homeless,
        long shortfallBytes,
        boolean proven) {

    public Survival {
        hosts = List.copyOf(hosts);
        moves = List.copyOf(moves);
        homeless = List.copyOf(homeless);
    }

    /** Returns whether every guest would find a place. */
    public boolean all() {
        return homeless.isEmpty();
    }
}
