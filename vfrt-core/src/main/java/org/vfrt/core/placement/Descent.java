package org.vfrt.core.placement;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Steepest descent: the one move that betters the score most, again and again, until none does.
 *
 * <p>In small pools every guest and host is looked at. In large ones guests of the hosts that are used most go to the hosts that are
 * used least: nearly always the same moves, in a fraction of the time; all is looked at when none of those helps.
 */
final class Descent {

    /** Looking at so many moves takes a few milliseconds. */
    private static final long ALL_MAX = 40_000;

    private static final int SOURCES = 8;
    private static final int TARGETS = 12;
    private static final int KEYS = 3;

    private final Layout layout;
    private final Budget budget;
    private final Guard guard;
    private final Set<Long> forbidden = new HashSet<>();
    private final int[] every;
    private final Gain gain = new Gain();
    private final Gain best = new Gain();
    private int bestUnit;
    private int bestHost;

    /** Looks at a layout after a move, and may forbid it: what costs too much to look at before each of many moves. */
    interface Guard {
        boolean allows(Layout layout);
    }

    Descent(Layout layout, Budget budget) {
        this(layout, budget, any -> true);
    }

    Descent(Layout layout, Budget budget, Guard guard) {
        this.layout = layout;
        this.budget = budget;
        this.guard = guard;
        this.every = IntStream.range(0, layout.hosts()).toArray();
    }

    /**
     * Makes the best moves, whichever part of the score they better.
     *
     * @param movedMax how many guests may be elsewhere than they were, at most
     * @return how many moves were made
     */
    int run(int movedMax) {
        return run(movedMax, false);
    }

    /** Makes the best moves as long as each keeps a hard rule that was broken. */
    void mend() {
        run(Integer.MAX_VALUE, true);
    }

    private int run(int movedMax, boolean onlyMend) {
        int steps = 0;
        while (!budget.isOver() && step(movedMax, onlyMend)) {
            steps++;
        }
        layout.addUp();
        return steps;
    }

    private boolean step(int movedMax, boolean onlyMend) {
        while (find(movedMax) && !(onlyMend && !best.mends())) {
            int from = layout.hostOf(bestUnit);
            layout.move(bestUnit, bestHost);
            if (guard.allows(layout)) {
                return true;
            }
            layout.move(bestUnit, from);
            forbidden.add(key(bestUnit, bestHost));
        }
        return false;
    }

    private long key(int unit, int host) {
        return (long) unit * layout.hosts() + host;
    }

    private boolean find(int movedMax) {
        boolean all = (long) layout.units() * layout.hosts() <= ALL_MAX;
        return all
                ? search(every, every, movedMax)
                : search(extremes(SOURCES, -1), extremes(TARGETS, 1), movedMax) || search(every, every, movedMax);
    }

    private boolean search(int[] sources, int[] targets, int movedMax) {
        boolean[] isSource = new boolean[layout.hosts()];
        for (int host : sources) {
            isSource[host] = true;
        }
        boolean[] isTarget = new boolean[layout.hosts()];
        for (int host : targets) {
            isTarget[host] = true;
        }
        bestUnit = -1;
        best.reset();
        for (int unit = 0; unit < layout.units(); unit++) {
            int from = layout.hostOf(unit);
            if (!isSource[from] || !layout.movable(unit)) {
                continue;
            }
            int home = layout.homeOf(unit);
            int size = layout.size(unit);
            int moved = layout.moved() + (from == home ? size : 0);
            if (moved <= movedMax) {
                for (int host : targets) {
                    if (host != from && layout.fits(unit, host)) {
                        consider(unit, host);
                    }
                }
            } else if (from != home && isTarget[home] && layout.fits(unit, home)) {
                // The way back is always open.
                consider(unit, home);
            }
        }
        return bestUnit >= 0;
    }

    private void consider(int unit, int host) {
        layout.weigh(unit, host);
        gain.reset();
        gain.add(layout);
        if (gain.compareTo(best) < 0 && (forbidden.isEmpty() || !forbidden.contains(key(unit, host)))) {
            best.set(gain);
            bestUnit = unit;
            bestHost = host;
        }
    }

    /** Returns the online hosts that are used most or least: by memory, by CPUs, and by both. */
    private int[] extremes(int count, int order) {
        int[] found = new int[KEYS * count];
        int size = 0;
        boolean[] taken = new boolean[layout.hosts()];
        for (int key = 0; key < KEYS; key++) {
            for (int host : first(count, order, key)) {
                if (!taken[host]) {
                    taken[host] = true;
                    found[size++] = host;
                }
            }
        }
        return Arrays.copyOf(found, size);
    }

    /** Sorting all hosts for the first few took longer than all the rest of a step. */
    private int[] first(int count, int order, int key) {
        int[] hosts = new int[count];
        double[] keys = new double[count];
        int size = 0;
        for (int host = 0; host < layout.hosts(); host++) {
            double value = order * use(host, key);
            if (!layout.online(host) || (size == count && value >= keys[size - 1])) {
                continue;
            }
            int at = size < count ? size++ : size - 1;
            for (; at > 0 && keys[at - 1] > value; at--) {
                hosts[at] = hosts[at - 1];
                keys[at] = keys[at - 1];
            }
            hosts[at] = host;
            keys[at] = value;
        }
        return Arrays.copyOf(hosts, size);
    }

    private double use(int host, int key) {
        double memory = layout.use(host, Resource.MEMORY.column());
        double cpu = layout.use(host, Resource.CPU.column()) + layout.use(host, Resource.VCPUS.column());
        return switch (key) {
            case 0 -> memory;
            case 1 -> cpu;
            default -> memory + cpu;
        };
    }
}
