package org.vfrt.core.placement;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.IntStream;

/** Goes through a plan move by move, and says of each what it is good for. */
public final class ExplainPlan {

    private final Metric metric;

    public ExplainPlan(Metric metric) {
        this.metric = metric;
    }

    /**
     * Explains.
     *
     * @param pool the one that the plan was made for
     * @param forecast how the move of a guest will go
     * @param candidates whether to look at every other host as well
     */
    public List<PlannedMove> run(
            PoolLoad pool, Plan plan, BiFunction<GuestLoad, Move, Forecast> forecast, boolean candidates) {
        Names names = new Names(pool);
        Evacuation evacuation = new Evacuation(pool);
        List<PlannedMove> found = new ArrayList<>();
        List<Move> moves = plan.moves();
        PoolLoad reached = pool;
        long shortfall = evacuation.shortfallBytes(new Layout(pool, metric));
        for (List<Move> wave : plan.waves()) {
            PoolLoad next = reached.after(wave);
            // Anew for each: guests that found together in the one before move as one in this.
            Layout layout = new Layout(reached, metric);
            Explanation explanation = new Explanation(reached, layout);
            for (int i = 0; i < wave.size(); i++) {
                Move move = wave.get(i);
                GuestLoad guest = pool.guests().get(names.guest(move.guest()));
                boolean goesOn = moves.subList(found.size() + 1, moves.size()).stream()
                        .anyMatch(later -> later.guest().equals(move.guest()));
                Forecast predicted = forecast.apply(guest, move);
                Step step = step(layout, explanation, evacuation, shortfall, pool, names, move, goesOn, candidates);
                // Guests that have found together take one place from here on.
                long after = i + 1 < wave.size() ? step.shortfall : evacuation.shortfallBytes(new Layout(next, metric));
                List<Contribution> contributions = new ArrayList<>(step.contributions);
                contributions.addAll(Contribution.shortfall(after - shortfall));
                shortfall = after;
                found.add(new PlannedMove(
                        move,
                        guest.need().memoryBytes(),
                        step.reason,
                        predicted.precopy().duration(),
                        predicted.precopy().pause(),
                        predicted.from(),
                        contributions,
                        step.candidates));
            }
            reached = next;
        }
        return found;
    }

    /** @param shortfall what would find no place after the move */
    private record Step(String reason, List<Contribution> contributions, List<Candidate> candidates, long shortfall) {}

    private Step step(
            Layout layout,
            Explanation explanation,
            Evacuation evacuation,
            long shortfallBefore,
            PoolLoad pool,
            Names names,
            Move move,
            boolean goesOn,
            boolean candidates) {
        int unit = layout.unitOf(move.guest());
        int from = layout.hostOf(unit);
        int to = names.host(move.to());
        if (from == to) {
            Set<String> others = new HashSet<>(layout.names(unit));
            others.remove(move.guest());
            return new Step(
                    "goes with '" + others.stream().sorted().findFirst().orElse(move.guest()) + "'",
                    List.of(),
                    List.of(),
                    shortfallBefore);
        }
        List<Contribution> contributions = layout.contributions(unit, to);
        List<Candidate> others = candidates
                ? IntStream.range(0, layout.hosts())
                        .filter(host -> host != from && host != to)
                        .mapToObj(host -> explanation.of(unit, host))
                        .sorted(Comparator.comparing(Candidate::host))
                        .toList()
                : List.of();
        double indexBefore = Score.index(layout.imbalance(), metric);
        layout.move(unit, to);
        long shortfall = evacuation.shortfallBytes(layout);
        boolean reserves = shortfall < shortfallBefore;
        double indexAfter = Score.index(layout.imbalance(), metric);
        HostLoad left = pool.hosts().get(from);
        Candidate gain = new Candidate(move.to(), List.of(), contributions);
        String reason;
        if (goesOn) {
            reason = "waits there for its place";
        } else if (left.state() == HostLoad.State.LEAVING) {
            reason = "host '" + move.from() + "' is to be empty";
        } else if (pool.hosts().stream().anyMatch(host -> host.state() == HostLoad.State.LEAVING)) {
            reason = "makes room for a guest that must go";
        } else if (gain.added(Contribution.Part.VIOLATIONS) < -Score.VIOLATION_NOISE) {
            reason = "a rule is broken, or a limit exceeded, where it is";
        } else if (reserves) {
            reason = "makes room for the guests of a host that dies";
        } else if (gain.added(Contribution.Part.SOFT_VIOLATIONS) < 0) {
            reason = "a soft rule is broken where it is";
        } else if (gain.added(Contribution.Part.OVERLOAD) < -Score.NOISE) {
            reason = "host '" + move.from() + "' is hot";
        } else if (gain.added(Contribution.Part.IMBALANCE) < -Score.NOISE) {
            reason =
                    "evens out " + most(contributions) + ": index " + number(indexBefore) + " to " + number(indexAfter);
        } else {
            reason = "makes room for another";
        }
        return new Step(reason, contributions, others, shortfall);
    }

    /** Returns the resource of which the use is evened out most. */
    private static String most(List<Contribution> contributions) {
        Resource most = Resource.MEMORY;
        double least = 0;
        for (Resource resource : Resource.ALL) {
            double added = contributions.stream()
                    .filter(one -> one.part() == Contribution.Part.IMBALANCE)
                    .filter(one -> one.resource().filter(resource::equals).isPresent())
                    .mapToDouble(Contribution::added)
                    .sum();
            if (added < least) {
                least = added;
                most = resource;
            }
        }
        return switch (most) {
            case MEMORY -> "memory";
            case CPU -> "CPU time";
            case VCPUS -> "virtual CPUs";
        };
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }
}
