package org.vfrt.core.placement;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Finds the moves that better a pool: guests that are where they must not be go first, then room is made for the guests of a host that
 * dies, then use is evened out. The same pool and seed give the same plan as long as the time for the search suffices.
 */
public final class PlanMoves {

    /** For what must be mended: it ends when it is done, not when a second is over. */
    private static final Duration MENDING_MAX = Duration.ofSeconds(20);

    /** A plan is searched for again on the pool that it leads to, until there is nothing more; each time is worth its moves. */
    private static final int PASSES_MAX = 8;

    private static final int ORDERINGS_MAX = 4;

    /** Of guests times hosts. */
    private static final long LARGE = 1_000_000;

    private final Metric metric;
    private final Guards guards;
    private final long seed;

    /** How far a plan goes. */
    public enum Goal {
        /**
         * Only what must be. When hosts are to be left: that their guests go, and of the others only those that make room for them. Otherwise what
         * hard rules and limits demand.
         */
        RULES,
        /** That, room for the guests of a host that dies, and even use. */
        BALANCE
    }

    public PlanMoves(Metric metric, Guards guards, long seed) {
        this.metric = metric;
        this.guards = guards;
        this.seed = seed;
    }

    /** Makes a plan; one without moves when there is nothing to better. */
    public Plan run(PoolLoad pool, Goal goal) {
        Evacuation evacuation = new Evacuation(pool);
        Budget budget = new Budget(guards.searchTime());
        // To make a layout of a large pool takes longer than most of what is done with it.
        Layout layout = new Layout(pool, metric);
        Score before = evacuation.score(layout);
        List<List<Move>> waves = new ArrayList<>();
        PoolLoad reached = pool;
        int optional = 0;
        int passes = 0;
        boolean cut = false;
        for (int pass = 0; pass < PASSES_MAX && !cut; pass++) {
            // Each looks as far as the first: what the last one finds nothing in, a later run finds nothing in.
            Pass found = pass(reached, layout, goal, evacuation, budget);
            optional += found.optional;
            // Where nothing had to be moved, nothing has to be now: another look could only find that there is more to
            // gain, which in a large pool there always is.
            boolean full = optional == guards.movesMax()
                    && found.required == 0
                    && (long) layout.units() * layout.hosts() > LARGE;
            cut = budget.isOver() || full || optional > guards.movesMax();
            if (found.waves.isEmpty() || (pass > 0 && optional > guards.movesMax())) {
                layout.putHome();
                break;
            }
            waves.addAll(found.waves);
            passes++;
            reached = reached.after(moves(found.waves));
            if (!cut) {
                layout = new Layout(reached, metric);
            }
        }
        if (passes > 1) {
            waves = shorter(pool, reached, waves, evacuation);
        }
        return new Plan(
                PoolDigest.of(pool), before, evacuation.score(layout), waves, unsolved(reached, goal, layout), cut);
    }

    private static List<Move> moves(List<List<Move>> waves) {
        return waves.stream().flatMap(List::stream).toList();
    }

    /** What several passes found can often be done at once, without going anywhere twice. */
    private List<List<Move>> shorter(PoolLoad pool, PoolLoad reached, List<List<Move>> waves, Evacuation evacuation) {
        Layout layout = new Layout(pool, metric);
        int[] places = placesIn(reached, layout);
        List<List<OrderMoves.Step>> direct = new OrderMoves(layout, places, evacuation, guards).run();
        boolean complete = Arrays.equals(layout.places(), places);
        return complete && direct.size() <= waves.size() ? named(pool, layout, direct) : waves;
    }

    /**
     * @param required how many of the moves had to be
     * @param optional how many nothing but even use asks for
     */
    private record Pass(List<List<Move>> waves, int required, int optional) {}

    /** @param layout with every unit at home; it ends as the waves leave it, or, when there are none, anyhow */
    private Pass pass(PoolLoad pool, Layout layout, Goal goal, Evacuation evacuation, Budget budget) {
        double indexBefore = Score.index(layout.imbalance(), metric);
        mend(layout, goal == Goal.RULES ? residents(pool, layout) : new BitSet());
        int required = layout.moved();
        if (goal == Goal.BALANCE && evacuation.shortfallBytes(layout) > 0) {
            new ReserveRepair(layout, evacuation, new Budget(guards.searchTime().dividedBy(2)), seed)
                    .run(plus(required, guards.movesMax()));
            required = layout.moved();
        }
        int[] mended = layout.places();
        Score settled = evacuation.score(layout);
        int movedMax = goal == Goal.BALANCE && isTriggered(layout) ? plus(required, guards.movesMax()) : required;
        if (movedMax > 0) {
            // In a time of its own: what comes before it must not leave it none on a machine that is busy.
            new Descent(layout, new Budget(guards.searchTime())).run(movedMax);
            new Refinement(layout, movedMax, seed).run(guards.searchTries(), budget);
            if (evacuation.shortfallBytes(layout) > settled.shortfallBytes()) {
                descendFrom(mended, layout, evacuation, movedMax);
            }
        }
        double leastGain = Math.max(guards.leastGainIndex(), guards.leastGainShare() * indexBefore);
        prune(layout, leastGain, evacuation);
        if (!isWorthItsMoves(layout, settled, required, leastGain, evacuation)) {
            // Several guests that change places in a ring, for next to nothing, hide behind each other.
            descendFrom(mended, layout, evacuation, movedMax);
            prune(layout, leastGain, evacuation);
            if (!isWorthItsMoves(layout, settled, required, leastGain, evacuation)) {
                layout.put(mended);
            }
        }
        int optional = Math.max(0, layout.moved() - required);
        return new Pass(ordered(pool, layout, evacuation), required, optional);
    }

    /** @param residents whoever has to move only when others find no place without that */
    private static void mend(Layout layout, BitSet residents) {
        layout.hold(residents);
        new Descent(layout, new Budget(MENDING_MAX)).mend();
        Ejection ejection = new Ejection(layout, residents);
        if (!residents.isEmpty()) {
            ejection.run();
            layout.hold(new BitSet());
        }
        ejection.run();
        residents.stream().filter(unit -> !layout.isHome(unit)).forEach(residents::clear);
        layout.hold(residents);
    }

    /** Returns the units that are on no host that is to be left; none when no host is. */
    private static BitSet residents(PoolLoad pool, Layout layout) {
        BitSet residents = new BitSet();
        if (pool.hosts().stream().anyMatch(host -> host.state() == HostLoad.State.LEAVING)) {
            for (int unit = 0; unit < layout.units(); unit++) {
                residents.set(unit, pool.hosts().get(layout.homeOf(unit)).state() != HostLoad.State.LEAVING);
            }
        }
        return residents;
    }

    /** Single moves, each of which betters the score, and none that takes room from the guests of a dead host. */
    private void descendFrom(int[] places, Layout layout, Evacuation evacuation, int movedMax) {
        layout.put(places);
        long allowed = evacuation.shortfallBytes(layout);
        new Descent(layout, new Budget(guards.searchTime()), after -> evacuation.shortfallBytes(after) <= allowed)
                .run(movedMax);
    }

    private void prune(Layout layout, double leastGain, Evacuation evacuation) {
        new Pruning(layout, metric, leastGain, evacuation).run();
    }

    private boolean isWorthItsMoves(
            Layout layout, Score before, int required, double leastGain, Evacuation evacuation) {
        int optional = layout.moved() - required;
        return optional <= 0 || evacuation.score(layout).isWorth(before, metric, optional * leastGain);
    }

    private static int plus(int required, int more) {
        return (int) Math.min(Integer.MAX_VALUE, (long) required + more);
    }

    private boolean isTriggered(Layout layout) {
        return layout.overload() > Score.NOISE || Score.index(layout.imbalance(), metric) > guards.triggerIndex();
    }

    private List<List<Move>> ordered(PoolLoad pool, Layout layout, Evacuation evacuation) {
        int[] places = layout.places();
        layout.putHome();
        Score before = evacuation.score(layout);
        int[] home = layout.places();
        List<List<OrderMoves.Step>> waves = List.of();
        for (int i = 0; i < ORDERINGS_MAX; i++) {
            layout.put(home);
            waves = new OrderMoves(layout, places, evacuation, guards).run();
            if (Arrays.equals(layout.places(), places)) {
                break;
            }
            // Half of a swap alone may be of no use.
            prune(layout, guards.leastGainIndex(), evacuation);
            places = layout.places();
        }
        boolean complete = Arrays.equals(layout.places(), places);
        return complete && evacuation.score(layout).compareTo(before) < 0 ? named(pool, layout, waves) : List.of();
    }

    /** Returns where each unit of a layout is in another layout of the same pool, whose units may be others. */
    private static int[] placesIn(PoolLoad reached, Layout layout) {
        Names names = new Names(reached);
        int[] places = layout.places();
        for (int unit = 0; unit < places.length; unit++) {
            places[unit] =
                    names.host(reached.guests().get(layout.members(unit)[0]).host());
        }
        return places;
    }

    private static List<List<Move>> named(PoolLoad pool, Layout layout, List<List<OrderMoves.Step>> waves) {
        return waves.stream()
                .map(wave -> wave.stream()
                        .flatMap(step -> layout.names(step.unit()).stream()
                                .map(guest -> new Move(
                                        guest,
                                        pool.hosts().get(step.from()).name(),
                                        pool.hosts().get(step.to()).name())))
                        .toList())
                .toList();
    }

    /** @param layout of the pool, or one that came to be as the pool is */
    private List<Plan.Unsolved> unsolved(PoolLoad pool, Goal goal, Layout layout) {
        if (IntStream.range(0, layout.units()).noneMatch(unit -> isUnsolved(layout, unit))) {
            return List.of();
        }
        Layout after = new Layout(pool, metric);
        return unsolved(pool, after, goal == Goal.RULES ? residents(pool, after) : new BitSet());
    }

    private static boolean isUnsolved(Layout layout, int unit) {
        return layout.mustGo(unit) || layout.breaksRule(unit);
    }

    private static List<Plan.Unsolved> unsolved(PoolLoad pool, Layout layout, BitSet leftAlone) {
        List<Plan.Unsolved> found = new ArrayList<>();
        Explanation explanation = new Explanation(pool, layout);
        for (int unit = 0; unit < layout.units(); unit++) {
            if (!leftAlone.get(unit) && isUnsolved(layout, unit)) {
                int from = layout.hostOf(unit);
                int stays = unit;
                List<Candidate> candidates = IntStream.range(0, layout.hosts())
                        .filter(host -> host != from)
                        .mapToObj(host -> explanation.of(stays, host))
                        .toList();
                for (String guest : layout.names(unit)) {
                    found.add(new Plan.Unsolved(guest, pool.hosts().get(from).name(), candidates));
                }
            }
        }
        return found;
    }
}
