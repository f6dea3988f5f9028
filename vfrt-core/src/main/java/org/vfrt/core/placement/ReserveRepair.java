package org.vfrt.core.placement;

import java.util.SplittableRandom;

/** Moves guests until there is room for those of any host that dies, or no single move makes more of it. */
final class ReserveRepair {

    /** More moves than this are not all tried; as many are drawn instead. */
    private static final int TRIES_MAX = 5_000;

    private final Layout layout;
    private final Evacuation evacuation;
    private final Budget budget;
    private final SplittableRandom random;

    ReserveRepair(Layout layout, Evacuation evacuation, Budget budget, long seed) {
        this.layout = layout;
        this.evacuation = evacuation;
        this.budget = budget;
        this.random = new SplittableRandom(seed);
    }

    /** @param movedMax how many guests may be elsewhere than they were, at most */
    void run(int movedMax) {
        long shortfall = evacuation.shortfallBytes(layout);
        while (shortfall > 0 && layout.moved() < movedMax && !budget.isOver()) {
            long less = step(shortfall);
            if (less >= shortfall) {
                return;
            }
            shortfall = less;
        }
    }

    private long step(long shortfall) {
        long moves = (long) layout.units() * layout.hosts();
        long least = shortfall;
        double leastImbalance = 0;
        int bestUnit = -1;
        int bestHost = -1;
        for (long i = 0; i < Math.min(moves, TRIES_MAX) && !budget.isOver(); i++) {
            long move = moves <= TRIES_MAX ? i : random.nextLong(moves);
            int unit = (int) (move / layout.hosts());
            int host = (int) (move % layout.hosts());
            int from = layout.hostOf(unit);
            if (host == from || !layout.movable(unit) || !layout.fits(unit, host)) {
                continue;
            }
            layout.weigh(unit, host);
            double imbalance = layout.addedImbalance();
            if (layout.addedSoft() > 0) {
                continue;
            }
            layout.move(unit, host);
            long after = evacuation.shortfallBytes(layout);
            layout.move(unit, from);
            if (after < least || (after == least && bestUnit >= 0 && imbalance < leastImbalance)) {
                least = after;
                leastImbalance = imbalance;
                bestUnit = unit;
                bestHost = host;
            }
        }
        if (bestUnit >= 0) {
            layout.move(bestUnit, bestHost);
        }
        return least;
    }
}
