package org.vfrt.core.placement;

import java.util.Arrays;

/**
 * What moves as one: a guest, or the guests that hard rules keep together, as long as they are. A group that is apart is no unit; its rule
 * is broken, and its guests find together one by one.
 */
final class Units {

    private final int[][] members;
    private final int[] home;
    private final double[] need;
    private final boolean[] bound;
    private final boolean[] diesWithHost;

    private Units(int[][] members, int[] home, double[] need, boolean[] bound, boolean[] diesWithHost) {
        this.members = members;
        this.home = home;
        this.need = need;
        this.bound = bound;
        this.diesWithHost = diesWithHost;
    }

    static Units of(PoolLoad pool, Names names) {
        int guests = pool.guests().size();
        int[] group = new int[guests];
        int[] host = new int[guests];
        for (int guest = 0; guest < guests; guest++) {
            group[guest] = guest;
            host[guest] = names.host(pool.guests().get(guest).host());
        }
        for (Rule rule : pool.rules()) {
            if (rule.hard() && rule.kind() == Rule.Kind.TOGETHER) {
                int[] together = rule.guests().stream()
                        .mapToInt(names::guest)
                        .filter(guest -> guest >= 0)
                        .sorted()
                        .toArray();
                if (Arrays.stream(together).map(guest -> host[guest]).distinct().count() == 1) {
                    Arrays.stream(together).forEach(guest -> join(group, together[0], guest));
                }
            }
        }
        return build(pool, group, host);
    }

    private static void join(int[] group, int one, int other) {
        int to = Math.min(group[one], group[other]);
        int gone = Math.max(group[one], group[other]);
        for (int guest = 0; guest < group.length && to != gone; guest++) {
            group[guest] = group[guest] == gone ? to : group[guest];
        }
    }

    private static Units build(PoolLoad pool, int[] group, int[] host) {
        int[] unitOf = new int[group.length];
        int[] sizes = new int[group.length];
        int units = 0;
        for (int guest = 0; guest < group.length; guest++) {
            // The number of a group is that of its first guest, which has been here already.
            unitOf[guest] = group[guest] == guest ? units++ : unitOf[group[guest]];
            sizes[unitOf[guest]]++;
        }
        int[][] members = new int[units][];
        for (int unit = 0; unit < units; unit++) {
            members[unit] = new int[sizes[unit]];
        }
        for (int guest = group.length - 1; guest >= 0; guest--) {
            members[unitOf[guest]][--sizes[unitOf[guest]]] = guest;
        }
        int[] home = new int[units];
        double[] need = new double[units * Resource.COUNT];
        boolean[] bound = new boolean[units];
        boolean[] diesWithHost = new boolean[units];
        for (int unit = 0; unit < units; unit++) {
            home[unit] = host[members[unit][0]];
            for (int guest : members[unit]) {
                GuestLoad facts = pool.guests().get(guest);
                bound[unit] |= facts.bound().isPresent();
                diesWithHost[unit] |= facts.diesWithHost();
                for (Resource resource : Resource.ALL) {
                    need[unit * Resource.COUNT + resource.column()] +=
                            facts.need().of(resource);
                }
            }
        }
        return new Units(members, home, need, bound, diesWithHost);
    }

    int count() {
        return members.length;
    }

    int[] members(int unit) {
        return members[unit];
    }

    int home(int unit) {
        return home[unit];
    }

    int[] homes() {
        return home.clone();
    }

    double need(int unit, int resource) {
        return need[unit * Resource.COUNT + resource];
    }

    boolean bound(int unit) {
        return bound[unit];
    }

    boolean diesWithHost(int unit) {
        return diesWithHost[unit];
    }
}
