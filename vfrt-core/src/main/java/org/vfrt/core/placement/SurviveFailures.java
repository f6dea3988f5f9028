package org.vfrt.core.placement;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Finds out whether a pool has room for the guests of any host, or of any hosts that share a failure domain, on those that stay (N+1).
 * Guests are placed within limits of memory and virtual CPUs, where they find their facilities, and by the hard rules.
 */
public final class SurviveFailures {

    /**
     * Looks at the failure of every domain in turn.
     *
     * @return one for each failure domain, in the order of the hosts
     */
    public List<Survival> run(PoolLoad pool) {
        Layout layout = new Layout(pool, Metric.BALANCE);
        Evacuation evacuation = new Evacuation(pool);
        List<Survival> found = new ArrayList<>();
        for (int domain = 0; domain < evacuation.domains(); domain++) {
            found.add(survival(pool, layout, evacuation, domain));
        }
        return found;
    }

    private static Survival survival(PoolLoad pool, Layout layout, Evacuation evacuation, int domain) {
        Evacuation.Outcome outcome = evacuation.of(layout, domain);
        List<Move> moves = new ArrayList<>();
        List<String> homeless = new ArrayList<>();
        for (Evacuation.Placed placed : outcome.placed()) {
            int to = placed.host();
            for (int guest : layout.members(placed.unit())) {
                String name = pool.guests().get(guest).name();
                if (to < 0) {
                    homeless.add(name);
                } else {
                    moves.add(new Move(
                            name,
                            pool.guests().get(guest).host(),
                            pool.hosts().get(to).name()));
                }
            }
        }
        return new Survival(
                evacuation.name(domain),
                IntStream.of(evacuation.hosts(domain))
                        .mapToObj(host -> pool.hosts().get(host).name())
                        .toList(),
                moves,
                homeless,
                outcome.shortfallBytes(),
                outcome.proven());
    }
}
