package org.vfrt.core.placement;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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

    /**
     * Looks at the failure of one domain, or of one host alone.
     *
     * @return empty when the pool has neither a host nor a domain of that name
     */
    public Optional<Survival> run(PoolLoad pool, String hostOrDomain) {
        PoolLoad failing = pool.failingAlone(hostOrDomain);
        Evacuation evacuation = new Evacuation(failing);
        for (int domain = 0; domain < evacuation.domains(); domain++) {
            if (evacuation.name(domain).equals(hostOrDomain)) {
                return Optional.of(survival(failing, new Layout(failing, Metric.BALANCE), evacuation, domain));
            }
        }
        return Optional.empty();
    }

    private static Survival survival(PoolLoad pool, Layout layout, Evacuation evacuation, int domain) {
        int[] before = layout.places();
        Evacuation.Outcome outcome = evacuation.of(layout, domain);
        List<Move> moves = new ArrayList<>();
        for (Evacuation.Placed placed : outcome.placed()) {
            if (placed.host() >= 0) {
                layout.move(placed.unit(), placed.host());
                for (String guest : layout.names(placed.unit())) {
                    moves.add(new Move(
                            guest,
                            pool.hosts().get(before[placed.unit()]).name(),
                            pool.hosts().get(placed.host()).name()));
                }
            }
        }
        List<Survival.Homeless> homeless = homeless(pool, layout, evacuation.hosts(domain));
        layout.put(before);
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

    /** Who is on a host that failed still, when all that could be placed is elsewhere. */
    private static List<Survival.Homeless> homeless(PoolLoad pool, Layout layout, int[] failed) {
        Explanation explanation = new Explanation(pool, layout);
        List<Survival.Homeless> homeless = new ArrayList<>();
        for (int unit = 0; unit < layout.units(); unit++) {
            int left = unit;
            if (IntStream.of(failed).anyMatch(host -> host == layout.hostOf(left))) {
                List<Candidate> candidates = IntStream.range(0, layout.hosts())
                        .filter(host -> IntStream.of(failed).noneMatch(other -> other == host))
                        .mapToObj(host -> explanation.ofStart(left, host))
                        .toList();
                layout.names(unit).forEach(guest -> homeless.add(new Survival.Homeless(guest, candidates)));
            }
        }
        return homeless;
    }
}
