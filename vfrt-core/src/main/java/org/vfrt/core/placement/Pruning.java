package org.vfrt.core.placement;

import java.util.BitSet;

/**
 * Sends guests home whose move was not worth it: the least useful first, until each of the others is; and two that changed places, when that was not
 * worth two moves, because without its other half each half of a swap looks indispensable.
 */
final class Pruning {

    private final Layout layout;
    private final Metric metric;
    private final double leastGain;
    private final Evacuation evacuation;
    private final BitSet needed = new BitSet();

    /** @param leastGain what a move must take off the index */
    Pruning(Layout layout, Metric metric, double leastGain, Evacuation evacuation) {
        this.layout = layout;
        this.metric = metric;
        this.leastGain = leastGain;
        this.evacuation = evacuation;
    }

    void run() {
        do {
            sendOneByOne();
        } while (undoOneSwap());
        layout.addUp();
    }

    private void sendOneByOne() {
        long shortfall = evacuation.shortfallBytes(layout);
        for (int unit = leastUseful(); unit >= 0; unit = leastUseful()) {
            int place = layout.hostOf(unit);
            layout.move(unit, layout.homeOf(unit));
            long without = evacuation.shortfallBytes(layout);
            if (without > shortfall) {
                layout.move(unit, place);
                needed.set(unit);
            } else {
                shortfall = without;
            }
        }
    }

    private boolean undoOneSwap() {
        for (int one = 0; one < layout.units(); one++) {
            for (int other = one + 1; !layout.isHome(one) && other < layout.units(); other++) {
                if (swapped(one, other) && undone(one, other)) {
                    return true;
                }
            }
        }
        return false;
    }

    private boolean swapped(int one, int other) {
        return layout.hostOf(one) == layout.homeOf(other)
                && layout.hostOf(other) == layout.homeOf(one)
                && layout.fitsInPlaceOf(one, layout.homeOf(one), other)
                && layout.fitsInPlaceOf(other, layout.homeOf(other), one);
    }

    private boolean undone(int one, int other) {
        Score with = evacuation.score(layout);
        int placeOfOne = layout.hostOf(one);
        int placeOfOther = layout.hostOf(other);
        layout.move(one, layout.homeOf(one));
        layout.move(other, layout.homeOf(other));
        if (!with.isWorth(evacuation.score(layout), metric, leastGain * (layout.size(one) + layout.size(other)))) {
            return true;
        }
        layout.move(one, placeOfOne);
        layout.move(other, placeOfOther);
        return false;
    }

    private int leastUseful() {
        int found = -1;
        double least = leastGain;
        for (int unit = 0; unit < layout.units(); unit++) {
            if (!layout.isHome(unit) && !needed.get(unit) && layout.fits(unit, layout.homeOf(unit))) {
                double gain = gain(unit);
                if (gain < least) {
                    least = gain;
                    found = unit;
                }
            }
        }
        return found;
    }

    /** Returns what the unit's move takes off the index, for each of its guests; very much when it keeps a rule or cools a host. */
    private double gain(int unit) {
        layout.weigh(unit, layout.homeOf(unit));
        if (layout.addedViolations() > Score.VIOLATION_NOISE
                || layout.addedSoft() > 0
                || layout.addedOverload() > Score.NOISE) {
            return Double.POSITIVE_INFINITY;
        }
        double now = Score.index(layout.imbalance(), metric);
        double withoutIt = Score.index(layout.imbalance() + layout.addedImbalance(), metric);
        return (withoutIt - now) / layout.size(unit);
    }
}
