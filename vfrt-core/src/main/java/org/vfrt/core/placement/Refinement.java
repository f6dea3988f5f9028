package org.vfrt.core.placement;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Simulated annealing from where a descent ended, by moves, swaps, and replacements (one guest goes home so that another can move), under a
 * limit of guests that are elsewhere than they were. What it ends with is never worse than what it began with.
 *
 * <p>Begun from anything but a descent it is worse than the descent alone when the limit is small.
 */
final class Refinement {

    /** The clock is looked at after so many tries. */
    private static final int TRIES_PER_LOOK = 256;

    private static final int ROUNDS = 4;

    /** So many tries that only the time ends the search. */
    static final long UNBOUNDED = Long.MAX_VALUE;

    /** Each round begins this much colder than the one before: the first finds the region, the last its bottom. */
    private static final double ROUND_COOLING = 0.25;

    /** How cold a round ends, as a share of how it began. */
    private static final double COLDEST = 1e-4;

    /** An overload is this much worse than the same imbalance, while the search goes uphill and down. */
    private static final double OVERLOAD_WEIGHT = 1000;

    private final Layout layout;
    private final int movedMax;
    private final SplittableRandom random;
    private final int[] movable;
    private final Gain gain = new Gain();

    /** The units that are not home, in no order, and where in this list each unit is. */
    private final int[] away;

    private final int[] awayAt;
    private int awayCount;

    /** What was changed since the score was that of the round's start, and the least that it was. */
    private double energy;

    private double leastEnergy;
    private int[] bestUnits = {};
    private int[] bestHosts = {};

    Refinement(Layout layout, int movedMax, long seed) {
        this.layout = layout;
        this.movedMax = movedMax;
        this.random = new SplittableRandom(seed);
        int[] some = new int[layout.units()];
        int count = 0;
        away = new int[layout.units()];
        awayAt = new int[layout.units()];
        Arrays.fill(awayAt, -1);
        for (int unit = 0; unit < some.length; unit++) {
            if (layout.movable(unit)) {
                some[count++] = unit;
            }
            noteAway(unit);
        }
        movable = Arrays.copyOf(some, count);
    }

    /**
     * Anneals, several times, each time from the best layout so far.
     *
     * @param triesMax how many changes are tried: as long as the time suffices, the result depends on them and the seed alone
     */
    void run(long triesMax, Budget budget) {
        if (movable.length == 0 || layout.hosts() < 2 || movedMax == 0) {
            return;
        }
        keepBest();
        double heat = heat();
        for (int round = 0; round < ROUNDS && !budget.isOver(); round++) {
            anneal(heat, triesMax / ROUNDS, budget, (round + 1.0) / ROUNDS);
            heat *= ROUND_COOLING;
        }
    }

    /** Returns by how much a random change alters the energy: at that temperature nearly all are taken. */
    private double heat() {
        double sum = 0;
        int found = 0;
        for (int i = 0; i < 1000; i++) {
            int unit = movable[random.nextInt(movable.length)];
            int to = random.nextInt(layout.hosts());
            if (to != layout.hostOf(unit) && layout.fits(unit, to)) {
                layout.weigh(unit, to);
                sum += Math.abs(OVERLOAD_WEIGHT * layout.addedOverload() + layout.addedImbalance());
                found++;
            }
        }
        return found == 0 ? 0 : sum / found / 4;
    }

    private void anneal(double heat, long tries, Budget budget, double untilShare) {
        // Cooled by the clock, the same search would end elsewhere each time.
        boolean byTime = tries >= UNBOUNDED / ROUNDS;
        double begunShare = budget.share();
        double temperature = heat;
        energy = 0;
        leastEnergy = 0;
        for (long i = 0; i < tries; i++) {
            if (i % TRIES_PER_LOOK == 0) {
                double share = budget.share();
                if (share >= (byTime ? untilShare : 1)) {
                    break;
                }
                double done = byTime ? (share - begunShare) / (untilShare - begunShare) : (double) i / tries;
                temperature = heat * Math.pow(COLDEST, done);
            }
            change(temperature);
        }
        takeBest();
    }

    private void change(double temperature) {
        int unit = awayCount > 0 && random.nextInt(4) == 0
                ? away[random.nextInt(awayCount)]
                : movable[random.nextInt(movable.length)];
        if (random.nextInt(3) == 0) {
            swap(unit, movable[random.nextInt(movable.length)], temperature);
        } else {
            move(unit, random.nextInt(layout.hosts()), temperature);
        }
    }

    private void move(int unit, int to, double temperature) {
        int from = layout.hostOf(unit);
        if (to == from || !layout.fits(unit, to)) {
            return;
        }
        gain.reset();
        if (movedAfter(unit, to) <= movedMax) {
            layout.weigh(unit, to);
            gain.add(layout);
            if (accepts(temperature)) {
                put(unit, to);
                settle();
            }
            return;
        }
        int replaced = awayCount == 0 ? unit : away[random.nextInt(awayCount)];
        int place = layout.hostOf(replaced);
        int home = layout.homeOf(replaced);
        if (replaced == unit || !layout.fits(replaced, home)) {
            return;
        }
        tryPut(replaced, home);
        boolean taken = false;
        if (layout.fits(unit, to) && movedAfter(unit, to) <= movedMax) {
            layout.weigh(unit, to);
            gain.add(layout);
            taken = accepts(temperature);
        }
        if (taken) {
            put(unit, to);
            settle();
        } else {
            put(replaced, place);
        }
    }

    private void swap(int one, int other, double temperature) {
        int place = layout.hostOf(one);
        int otherPlace = layout.hostOf(other);
        if (place == otherPlace
                || movedAfter(one, otherPlace) - layout.moved() + movedAfter(other, place) > movedMax
                || !layout.fitsInPlaceOf(one, otherPlace, other)
                || !layout.fitsInPlaceOf(other, place, one)) {
            return;
        }
        gain.reset();
        tryPut(one, otherPlace);
        layout.weigh(other, place);
        gain.add(layout);
        if (accepts(temperature)) {
            put(other, place);
            settle();
        } else {
            put(one, place);
        }
    }

    private int movedAfter(int unit, int to) {
        return layout.moved()
                - (layout.isHome(unit) ? 0 : layout.size(unit))
                + (layout.homeOf(unit) == to ? 0 : layout.size(unit));
    }

    private void tryPut(int unit, int to) {
        layout.weigh(unit, to);
        gain.add(layout);
        put(unit, to);
    }

    private void put(int unit, int to) {
        layout.move(unit, to);
        noteAway(unit);
    }

    private void noteAway(int unit) {
        boolean isAway = !layout.isHome(unit);
        int at = awayAt[unit];
        if (isAway && at < 0) {
            awayAt[unit] = awayCount;
            away[awayCount++] = unit;
        } else if (!isAway && at >= 0) {
            int last = away[--awayCount];
            away[at] = last;
            awayAt[last] = at;
            awayAt[unit] = -1;
        }
    }

    /** Rules are never given up for balance, however hot it is. */
    private boolean accepts(double temperature) {
        if (Math.abs(gain.violations()) > Score.VIOLATION_NOISE) {
            return gain.violations() < 0;
        }
        if (gain.soft() != 0) {
            return gain.soft() < 0;
        }
        double added = added();
        return added <= 0 || random.nextDouble() < Math.exp(-added / temperature);
    }

    private double added() {
        return OVERLOAD_WEIGHT * gain.overload() + gain.imbalance();
    }

    private void settle() {
        energy += added();
        boolean ruleKept = gain.mends() || gain.soft() < 0;
        if (ruleKept || energy < leastEnergy - Score.NOISE) {
            keepBest();
            leastEnergy = energy;
        }
    }

    private void keepBest() {
        if (bestUnits.length < awayCount) {
            bestUnits = new int[2 * awayCount];
            bestHosts = new int[2 * awayCount];
        }
        Arrays.fill(bestUnits, -1);
        for (int i = 0; i < awayCount; i++) {
            bestUnits[i] = away[i];
            bestHosts[i] = layout.hostOf(away[i]);
        }
    }

    private void takeBest() {
        while (awayCount > 0) {
            int unit = away[awayCount - 1];
            put(unit, layout.homeOf(unit));
        }
        for (int i = 0; i < bestUnits.length && bestUnits[i] >= 0; i++) {
            put(bestUnits[i], bestHosts[i]);
        }
        layout.addUp();
    }
}
