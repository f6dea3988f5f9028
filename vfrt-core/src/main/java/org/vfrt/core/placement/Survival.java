package org.vfrt.core.placement;

import java.util.List;
import java.util.stream.Collectors;

/**
 * What would become of the guests of hosts that fail together, if they failed now.
 *
 * @param domain the failure domain; a host's name when it fails alone
 * @param hosts the hosts that fail
 * @param moves where each guest would be started again
 * @param homeless the guests that no other host has room for, or may have
 * @param shortfallBytes the memory that these need, but for those that die with their host
 * @param proven whether it is certain that not all can be placed: every way was tried. True when there are no homeless
 */
public record Survival(
        String domain,
        List<String> hosts,
        List<Move> moves,
        List<Homeless> homeless,
        long shortfallBytes,
        boolean proven) {

    public Survival {
        hosts = List.copyOf(hosts);
        moves = List.copyOf(moves);
        homeless = List.copyOf(homeless);
    }

    /**
     * A guest that would find no place.
     *
     * @param candidates why each host that is left does not take it, when all others have found their places
     */
    public record Homeless(String guest, List<Candidate> candidates) {

        public Homeless {
            candidates = List.copyOf(candidates);
        }

        /** Returns the reasons of all hosts in one line. */
        public String why() {
            return candidates.isEmpty()
                    ? "no other host is left"
                    : candidates.stream()
                            .map(one -> "'" + one.host() + "': "
                                    + one.rejections().stream()
                                            .map(Rejection::text)
                                            .collect(Collectors.joining(", ")))
                            .collect(Collectors.joining("; "));
        }
    }

    /** Returns whether every guest would find a place. */
    public boolean all() {
        return homeless.isEmpty();
    }
}
