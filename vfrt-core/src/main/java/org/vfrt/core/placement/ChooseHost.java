package org.vfrt.core.placement;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Ranks the hosts of a pool as places for one guest: the best first, then those that are not taken, each with its reasons. */
public final class ChooseHost {

    private final Metric metric;

    public ChooseHost(Metric metric) {
        this.metric = metric;
    }

    /**
     * Ranks every host but the one the guest is on.
     *
     * @throws IllegalArgumentException when the pool has no such guest
     */
    public List<Candidate> run(PoolLoad pool, String guest) {
        Layout layout = new Layout(pool, metric);
        int unit = layout.unitOf(guest);
        Evacuation evacuation = new Evacuation(pool);
        long shortfall = evacuation.shortfallBytes(layout);
        Explanation explanation = new Explanation(pool, layout);
        List<Candidate> candidates = new ArrayList<>();
        for (int host = 0; host < layout.hosts(); host++) {
            if (host != layout.hostOf(unit)) {
                Candidate candidate = explanation.of(unit, host);
                candidates.add(
                        candidate.accepted()
                                ? keepingReserve(candidate, layout, unit, host, evacuation, shortfall)
                                : candidate);
            }
        }
        candidates.sort(Comparator.comparing((Candidate candidate) -> !candidate.accepted())
                .thenComparing(ChooseHost::compare));
        return candidates;
    }

    private static Candidate keepingReserve(
            Candidate candidate, Layout layout, int unit, int host, Evacuation evacuation, long before) {
        int from = layout.hostOf(unit);
        layout.move(unit, host);
        long after = evacuation.shortfallBytes(layout);
        layout.move(unit, from);
        if (after <= before) {
            return candidate;
        }
        return new Candidate(
                candidate.host(),
                List.of(new Rejection(
                        Rejection.Code.MEMORY_RESERVE_N1,
                        "with it there, guests of " + Explanation.mebibytes(after - before)
                                + " more would find no place when a host dies")),
                candidate.contributions());
    }

    private static int compare(Candidate one, Candidate other) {
        for (Contribution.Part part : Contribution.Part.values()) {
            double difference = one.added(part) - other.added(part);
            if (Math.abs(difference) > Score.NOISE) {
                return difference < 0 ? -1 : 1;
            }
        }
        return 0;
    }
}
