package org.vfrt.core.placement;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;

/**
 * Puts moves in an order in which each can be done: while a guest moves, it takes memory on both hosts, and counts as being on either by rules.
 * What can be done at the same time is a wave. Where guests wait for each other's place, one of them is parked on a third host; where that is impossible, they stay.
 */
final class OrderMoves {

    private static final int RESOURCES = Resource.COUNT;

    private final Layout layout;
    private final Evacuation evacuation;
    private final Guards guards;
    private final int[] places;
    private final List<Integer> pending = new ArrayList<>();
    private final BitSet parked = new BitSet();

    /** No moment of the plan has less room for the guests of a host that dies than the worse of its two ends. */
    private long shortfallMaxBytes;

    /** One unit goes to a host. */
    record Step(int unit, int from, int to) {}

    /**
     * @param layout with every unit at home; it ends as the moves leave it
     * @param places where each unit shall be
     */
    OrderMoves(Layout layout, int[] places, Evacuation evacuation, Guards guards) {
        this.layout = layout;
        this.places = places;
        this.evacuation = evacuation;
        this.guards = guards;
    }

    List<List<Step>> run() {
        long before = evacuation.shortfallBytes(layout);
        int[] start = layout.places();
        layout.put(places);
        shortfallMaxBytes = Math.max(before, evacuation.shortfallBytes(layout));
        layout.put(start);
        for (int unit = 0; unit < places.length; unit++) {
            if (places[unit] != start[unit]) {
                pending.add(unit);
            }
        }
        List<List<Step>> waves = new ArrayList<>();
        for (List<Step> wave = next(); !wave.isEmpty(); wave = next()) {
            waves.add(wave);
        }
        layout.addUp();
        return waves;
    }

    private List<Step> next() {
        List<Step> wave = wave();
        return wave.isEmpty() ? park() : wave;
    }

    private List<Step> wave() {
        pending.sort(Comparator.comparing((Integer unit) -> !layout.mustGo(unit))
                .thenComparing(unit -> -layout.need(unit, Resource.MEMORY.column())));
        List<Step> wave = new ArrayList<>();
        // What guests of this wave give up is free only when all of it is done.
        double[] held = new double[layout.hosts() * RESOURCES];
        int[] comings = new int[layout.hosts()];
        int[] goings = new int[layout.hosts()];
        for (int unit : List.copyOf(pending)) {
            int from = layout.hostOf(unit);
            int to = places[unit];
            if (wave.size() < guards.parallelMax()
                    && comings[to] < guards.inflowMax()
                    && goings[from] < guards.inflowMax()
                    && hasRoom(unit, to, held)
                    && wave.stream().noneMatch(step -> layout.shareRule(step.unit(), unit))
                    && move(unit, to)) {
                for (int resource = 0; resource < RESOURCES; resource++) {
                    held[from * RESOURCES + resource] += layout.need(unit, resource);
                }
                comings[to]++;
                goings[from]++;
                wave.add(new Step(unit, from, to));
                pending.remove((Integer) unit);
            }
        }
        return wave;
    }

    private boolean hasRoom(int unit, int to, double[] held) {
        for (int resource = 0; resource < RESOURCES; resource++) {
            if (layout.free(to, resource) - held[to * RESOURCES + resource] < layout.need(unit, resource)) {
                return false;
            }
        }
        return true;
    }

    /** Moves the unit if that is possible, and leaves room enough for the guests of a host that dies. */
    private boolean move(int unit, int to) {
        if (!layout.fits(unit, to)) {
            return false;
        }
        int from = layout.hostOf(unit);
        layout.move(unit, to);
        if (evacuation.shortfallBytes(layout) <= shortfallMaxBytes) {
            return true;
        }
        layout.move(unit, from);
        return false;
    }

    private List<Step> park() {
        BitSet wanted = new BitSet();
        pending.forEach(unit -> wanted.set(places[unit]));
        for (int unit : pending) {
            int from = layout.hostOf(unit);
            if (parked.get(unit) || !wanted.get(from)) {
                continue;
            }
            for (int host = 0; host < layout.hosts(); host++) {
                if (host != from && host != places[unit] && !wanted.get(host) && move(unit, host)) {
                    parked.set(unit);
                    return List.of(new Step(unit, from, host));
                }
            }
        }
        return List.of();
    }
}
