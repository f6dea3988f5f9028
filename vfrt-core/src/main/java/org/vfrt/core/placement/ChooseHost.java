package org.vfrt.core.placement;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;

/** Ranks the hosts of a pool as places for one guest: the best first, then those that are not taken, each with its reasons. */
public final class ChooseHost {

    private final Metric metric;

    public ChooseHost(Metric metric) {
        this.metric = metric;
    }

    /**
     * Ranks every host but the one the guest is on, for all guests that a hard rule keeps it with, as long as they are.
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
        return ranked(candidates);
    }

    /**
     * Ranks every host but the one the guest is on, for a guest that goes alone: where a hard rule keeps it together with others that are with it now, no host
     * is one for it.
     *
     * @throws IllegalArgumentException when the pool has no such guest
     */
    public List<Candidate> alone(PoolLoad pool, String guest) {
        Layout layout = new Layout(pool, metric);
        Optional<Rejection> left = new Explanation(pool, layout).ofLeaving(layout.unitOf(guest), guest);
        return ranked(oneByOne(pool, guest).stream()
                .map(candidate -> left.map(candidate::without).orElse(candidate))
                .collect(Collectors.toCollection(ArrayList::new)));
    }

    /**
     * Ranks every host but the one the guest is on, for a guest that goes now, while those that hard rules keep it with come before or after it: it needs
     * room for itself.
     *
     * @throws IllegalArgumentException when the pool has no such guest
     */
    public List<Candidate> oneByOne(PoolLoad pool, String guest) {
        Map<String, String> places = pool.guests().stream().collect(Collectors.toMap(GuestLoad::name, GuestLoad::host));
        List<Rule> others = pool.rules().stream()
                .filter(rule -> !(rule.hard()
                        && rule.kind() == Rule.Kind.TOGETHER
                        && rule.guests().contains(guest)
                        && rule.guests().stream()
                                        .map(places::get)
                                        .filter(Objects::nonNull)
                                        .distinct()
                                        .count()
                                == 1))
                .toList();
        return run(new PoolLoad(pool.hosts(), pool.guests(), others), guest);
    }

    /**
     * Ranks every host for a guest that is to be started. Room for the guests of a host that dies decides between hosts and forbids none:
     * after a host died there may be none left, and a guest that runs is worth more than one that could be started again.
     *
     * @param pool without the guest
     * @param newcomer the guest; which host it is on counts for nothing
     */
    public List<Candidate> run(PoolLoad pool, GuestLoad newcomer) {
        PoolLoad expecting = pool.expecting(newcomer);
        Layout layout = new Layout(expecting, metric);
        int unit = layout.unitOf(newcomer.name());
        int nowhere = layout.hostOf(unit);
        Evacuation evacuation = new Evacuation(pool);
        Explanation explanation = new Explanation(expecting, layout);
        long shortfall = evacuation.shortfallBytes(layout);
        List<Candidate> candidates = new ArrayList<>();
        for (int host = 0; host < pool.hosts().size(); host++) {
            Candidate candidate = explanation.ofNewcomer(unit, host);
            layout.move(unit, host);
            candidates.add(candidate.with(Contribution.shortfall(evacuation.shortfallBytes(layout) - shortfall)));
            layout.move(unit, nowhere);
        }
        return ranked(candidates);
    }

    private static List<Candidate> ranked(List<Candidate> candidates) {
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
        Candidate counted = candidate.with(Contribution.shortfall(after - before));
        // A rule that is broken weighs more than room for a host that may die: the score has that order.
        if (after <= before || counted.added(Contribution.Part.VIOLATIONS) < -Score.VIOLATION_NOISE) {
            return counted;
        }
        return new Candidate(
                counted.host(),
                List.of(new Rejection(
                        Rejection.Code.MEMORY_RESERVE_N1,
                        "with it there, guests of " + Explanation.mebibytes(after - before)
                                + " more would find no place when a host dies")),
                counted.contributions());
    }

    private static int compare(Candidate one, Candidate other) {
        for (Contribution.Part part : Contribution.Part.values()) {
            int order = comparing(part).compare(one, other);
            if (order != 0) {
                return order;
            }
        }
        return 0;
    }

    private static Comparator<Candidate> comparing(Contribution.Part part) {
        return (one, other) -> {
            double difference = one.added(part) - other.added(part);
            return Math.abs(difference) <= Score.NOISE ? 0 : difference < 0 ? -1 : 1;
        };
    }
}
