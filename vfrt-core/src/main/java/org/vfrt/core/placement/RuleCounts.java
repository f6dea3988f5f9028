package org.vfrt.core.placement;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** How many guests of each rule about guests are on each host or in each failure domain, kept up to date move by move. */
final class RuleCounts {

    private static final int[] NONE = {};

    private final List<Counted> counted = new ArrayList<>();
    /** By unit: the numbers of its rules, and how many of its guests are in each. */
    private final int[][] rules;

    private final int[][] weights;
    private int hard;
    private int soft;

    /** One rule, and how many of its guests are at each host or domain. */
    private static final class Counted {

        private final Rule rule;
        private final boolean isHard;
        private final boolean together;
        /** How many guests of the pool it is about. */
        private final int guests;
        /** The host or domain of each host. */
        private final int[] placeOf;

        private final int[] counts;

        Counted(Rule rule, int guests, int[] placeOf) {
            this.rule = rule;
            this.isHard = rule.hard();
            this.together = rule.kind() == Rule.Kind.TOGETHER;
            this.guests = guests;
            this.placeOf = placeOf;
            this.counts = new int[placeOf.length];
        }

        /** Returns how much more the rule is broken when so many more, or fewer, of its guests are at a place. */
        int added(int place, int more) {
            return broken(counts[place] + more) - broken(counts[place]);
        }

        /** The same when so many of its guests go from one host to another. */
        int moved(int from, int to, int count) {
            int leaves = placeOf[from];
            int enters = placeOf[to];
            return leaves == enters ? 0 : added(leaves, -count) + added(enters, count);
        }

        /** Returns whether so many of its guests may go from one host to another, from which others of them go. */
        boolean permits(int from, int to, int count, int gone) {
            int leaves = placeOf[from];
            int enters = placeOf[to];
            if (together) {
                return leaves == enters || counts[leaves] == count || counts[enters] > gone;
            }
            int others = counts[enters] - gone - (leaves == enters ? count : 0);
            return others + count <= 1;
        }

        /** Returns whether more of its guests are at this place than at any other. */
        boolean isMostAt(int place) {
            for (int other = 0; other < counts.length; other++) {
                if (other != place && counts[other] >= counts[place]) {
                    return false;
                }
            }
            return true;
        }

        private int broken(int count) {
            return together ? Math.min(count, 1) : Math.max(0, count - 1);
        }
    }

    RuleCounts(PoolLoad pool, Names names, Units units, int[] at) {
        int[] unitOf = new int[pool.guests().size()];
        rules = new int[units.count()][];
        weights = new int[units.count()][];
        for (int unit = 0; unit < units.count(); unit++) {
            rules[unit] = NONE;
            weights[unit] = NONE;
            for (int guest : units.members(unit)) {
                unitOf[guest] = unit;
            }
        }
        for (Rule rule : pool.rules()) {
            switch (rule.kind()) {
                case TOGETHER, APART, DOMAINS_APART -> count(rule, places(rule, pool), names, unitOf, at);
                case ON, NOT_ON -> {}
            }
        }
    }

    private static int[] places(Rule rule, PoolLoad pool) {
        Map<String, Integer> domains = new HashMap<>();
        int[] places = new int[pool.hosts().size()];
        for (int host = 0; host < places.length; host++) {
            HostLoad facts = pool.hosts().get(host);
            String place = rule.kind() == Rule.Kind.DOMAINS_APART ? facts.failureDomain() : facts.name();
            int next = domains.size();
            places[host] = domains.computeIfAbsent(place, unknown -> next);
        }
        return places;
    }

    private void count(Rule rule, int[] placeOf, Names names, int[] unitOf, int[] at) {
        Map<Integer, Integer> byUnit = new HashMap<>();
        rule.guests().stream()
                .mapToInt(names::guest)
                .filter(guest -> guest >= 0)
                .forEach(guest -> byUnit.merge(unitOf[guest], 1, Integer::sum));
        if (byUnit.isEmpty()) {
            return;
        }
        int number = counted.size();
        int guests = byUnit.values().stream().mapToInt(Integer::intValue).sum();
        Counted one = new Counted(rule, guests, placeOf);
        counted.add(one);
        int broken = one.together ? -1 : 0;
        for (Map.Entry<Integer, Integer> entry : byUnit.entrySet()) {
            int unit = entry.getKey();
            rules[unit] = with(rules[unit], number);
            weights[unit] = with(weights[unit], entry.getValue());
            int place = placeOf[at[unit]];
            broken += one.added(place, entry.getValue());
            one.counts[place] += entry.getValue();
        }
        hard += one.isHard ? broken : 0;
        soft += one.isHard ? 0 : broken;
    }

    private static int[] with(int[] some, int another) {
        int[] more = Arrays.copyOf(some, some.length + 1);
        more[some.length] = another;
        return more;
    }

    int hard() {
        return hard;
    }

    int soft() {
        return soft;
    }

    int addedHard(int unit, int from, int to) {
        return rules[unit].length == 0 ? 0 : added(unit, from, to, true);
    }

    int addedSoft(int unit, int from, int to) {
        return rules[unit].length == 0 ? 0 : added(unit, from, to, false);
    }

    private int added(int unit, int from, int to, boolean isHard) {
        int added = 0;
        for (int i = 0; i < rules[unit].length; i++) {
            Counted one = counted.get(rules[unit][i]);
            added += one.isHard == isHard ? one.moved(from, to, weights[unit][i]) : 0;
        }
        return added;
    }

    /** Returns how much more one rule is broken by a move of a unit. */
    int added(Rule rule, int unit, int from, int to) {
        int added = 0;
        for (int i = 0; i < rules[unit].length; i++) {
            Counted one = counted.get(rules[unit][i]);
            added += one.rule.equals(rule) ? one.moved(from, to, weights[unit][i]) : 0;
        }
        return added;
    }

    /** Returns how much more hard rules that keep guests apart are broken when the unit comes to a host, from wherever. */
    int addedHardAt(int unit, int host) {
        int added = 0;
        for (int i = 0; i < rules[unit].length; i++) {
            Counted one = counted.get(rules[unit][i]);
            added += one.isHard && !one.together ? one.added(one.placeOf[host], weights[unit][i]) : 0;
        }
        return added;
    }

    /**
     * Returns whether hard rules about guests let a unit go from one host to another: nobody is there that it must be apart from, and it does not
     * leave those that it belongs with. A move that mends one rule by breaking another is not let through: nobody would do it.
     *
     * @param leaving a unit that makes place there, -1 for none
     * @param leavingAt where that one is
     */
    boolean permits(int unit, int from, int to, int leaving, int leavingAt) {
        for (int i = 0; i < rules[unit].length; i++) {
            Counted one = counted.get(rules[unit][i]);
            if (one.isHard
                    && !one.permits(from, to, weights[unit][i], gone(one, rules[unit][i], leaving, leavingAt, to))) {
                return false;
            }
        }
        return true;
    }

    /** Returns how many guests of a rule go from a place with the unit that leaves. */
    private int gone(Counted one, int rule, int leaving, int leavingAt, int place) {
        for (int i = 0; leaving >= 0 && i < rules[leaving].length; i++) {
            if (rules[leaving][i] == rule && one.placeOf[leavingAt] == one.placeOf[place]) {
                return weights[leaving][i];
            }
        }
        return 0;
    }

    /** Returns whether a hard rule is about guests of both units. */
    boolean share(int unit, int other) {
        for (int rule : rules[unit]) {
            for (int another : rules[other]) {
                if (rule == another && counted.get(rule).isHard) {
                    return true;
                }
            }
        }
        return false;
    }

    int[][] bundles(int[] units, int[] at) {
        Map<Integer, Integer> leaders = new HashMap<>();
        for (int unit : units) {
            for (int i = 0; i < rules[unit].length; i++) {
                Counted one = counted.get(rules[unit][i]);
                if (one.isHard && one.together && one.counts[one.placeOf[at[unit]]] == one.guests) {
                    int rule = rules[unit][i];
                    int leader = leaders.getOrDefault(-1 - rule, unit);
                    leaders.put(-1 - rule, leader);
                    join(leaders, leader, unit);
                }
            }
        }
        Map<Integer, int[]> bundles = new LinkedHashMap<>();
        for (int unit : units) {
            bundles.merge(leader(leaders, unit), new int[] {unit}, (some, another) -> with(some, another[0]));
        }
        return bundles.values().toArray(int[][]::new);
    }

    private static int leader(Map<Integer, Integer> leaders, int unit) {
        int above = leaders.getOrDefault(unit, unit);
        return above == unit ? unit : leader(leaders, above);
    }

    private static void join(Map<Integer, Integer> leaders, int one, int other) {
        leaders.put(leader(leaders, other), leader(leaders, one));
    }

    /**
     * Returns whether the unit is one of those because of which a hard rule about guests is broken: those of the rule that share a place, or
     * that are not where most of them are.
     */
    boolean breaksHard(int unit, int host) {
        for (int rule : rules[unit]) {
            Counted one = counted.get(rule);
            int there = one.counts[one.placeOf[host]];
            boolean breaks = one.together ? there < one.guests && !one.isMostAt(one.placeOf[host]) : there > 1;
            if (one.isHard && breaks) {
                return true;
            }
        }
        return false;
    }

    boolean hasHard(int unit) {
        for (int rule : rules[unit]) {
            if (counted.get(rule).isHard) {
                return true;
            }
        }
        return false;
    }

    void move(int unit, int from, int to) {
        hard += addedHard(unit, from, to);
        soft += addedSoft(unit, from, to);
        for (int i = 0; i < rules[unit].length; i++) {
            Counted one = counted.get(rules[unit][i]);
            one.counts[one.placeOf[from]] -= weights[unit][i];
            one.counts[one.placeOf[to]] += weights[unit][i];
        }
    }
}
