package org.vfrt.core.placement;

import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.vfrt.core.pool.Version;

/** Which host suits which unit, whoever else is there: facilities, versions, and rules about hosts. */
final class Compatibility {

    /** What guests ask of a host; most guests of a pool ask the same. */
    private record Asked(Set<Facility> facilities, Version hypervisorVersion) {}

    private final BitSet[] suitable;
    /** Those of the suitable hosts that the unit may be moved to; nearly always all. */
    private final BitSet[] reachable;

    /** How many rules about hosts are broken, by unit and host; units without such rules share a row of zeros. */
    private final int[][] hard;

    private final int[][] soft;
    private final int[] none;
    private final int[] size;
    private final boolean[] leaving;

    Compatibility(PoolLoad pool, Names names, Units units) {
        int hosts = pool.hosts().size();
        suitable = new BitSet[units.count()];
        hard = new int[units.count()][];
        soft = new int[units.count()][];
        none = new int[hosts];
        Arrays.fill(hard, none);
        Arrays.fill(soft, none);
        size = new int[units.count()];
        leaving = new boolean[hosts];
        for (int host = 0; host < hosts; host++) {
            leaving[host] = pool.hosts().get(host).state() == HostLoad.State.LEAVING;
        }
        int[] unitOf = new int[pool.guests().size()];
        Map<Asked, BitSet> known = new HashMap<>();
        for (int unit = 0; unit < units.count(); unit++) {
            size[unit] = units.members(unit).length;
            for (int guest : units.members(unit)) {
                unitOf[guest] = unit;
                GuestLoad facts = pool.guests().get(guest);
                BitSet hostsOfGuest = known.computeIfAbsent(
                        new Asked(facts.facilities(), facts.hypervisorVersion()), asked -> hostsFor(asked, pool));
                suitable[unit] = suitable[unit] == null ? hostsOfGuest : both(suitable[unit], hostsOfGuest);
            }
        }
        for (Rule rule : pool.rules()) {
            if (rule.kind() == Rule.Kind.ON || rule.kind() == Rule.Kind.NOT_ON) {
                BitSet broken = brokenOn(rule, names, hosts);
                for (String name : rule.guests()) {
                    int guest = names.guest(name);
                    if (guest >= 0) {
                        add(rule.hard(), unitOf[guest], broken, hosts);
                    }
                }
            }
        }
        reachable = new BitSet[units.count()];
        for (int unit = 0; unit < units.count(); unit++) {
            reachable[unit] = reachable(pool, names, units.members(unit), suitable[unit]);
        }
    }

    private static BitSet hostsFor(Asked asked, PoolLoad pool) {
        BitSet found = new BitSet();
        for (int host = 0; host < pool.hosts().size(); host++) {
            HostLoad facts = pool.hosts().get(host);
            found.set(
                    host,
                    facts.state() == HostLoad.State.ONLINE
                            && facts.facilities().containsAll(asked.facilities())
                            && facts.hypervisorVersion().compareTo(asked.hypervisorVersion()) >= 0);
        }
        return found;
    }

    private static BitSet both(BitSet one, BitSet other) {
        BitSet common = (BitSet) one.clone();
        common.and(other);
        return common;
    }

    private static BitSet brokenOn(Rule rule, Names names, int hosts) {
        BitSet named = new BitSet();
        rule.hosts().stream().mapToInt(names::host).filter(host -> host >= 0).forEach(named::set);
        if (rule.kind() == Rule.Kind.ON) {
            named.flip(0, hosts);
        }
        return named;
    }

    private void add(boolean isHard, int unit, BitSet broken, int hosts) {
        int[][] counts = isHard ? hard : soft;
        if (counts[unit] == none) {
            counts[unit] = new int[hosts];
        }
        int[] ofUnit = counts[unit];
        for (int host = broken.nextSetBit(0); host >= 0; host = broken.nextSetBit(host + 1)) {
            ofUnit[host]++;
        }
        if (isHard) {
            suitable[unit] = (BitSet) suitable[unit].clone();
            suitable[unit].andNot(broken);
        }
    }

    private static BitSet reachable(PoolLoad pool, Names names, int[] members, BitSet suitable) {
        BitSet barred = new BitSet();
        for (int guest : members) {
            for (String host : pool.guests().get(guest).barred().keySet()) {
                int number = names.host(host);
                if (number >= 0) {
                    barred.set(number);
                }
            }
        }
        if (barred.isEmpty()) {
            return suitable;
        }
        BitSet found = (BitSet) suitable.clone();
        found.andNot(barred);
        return found;
    }

    BitSet suitable(int unit) {
        return suitable[unit];
    }

    BitSet reachable(int unit) {
        return reachable[unit];
    }

    int hardBroken(int unit, int host) {
        return (leaving[host] ? size[unit] : 0) + hard[unit][host];
    }

    int softBroken(int unit, int host) {
        return soft[unit][host];
    }

    int hardBroken(int[] at) {
        int broken = 0;
        for (int unit = 0; unit < at.length; unit++) {
            broken += hardBroken(unit, at[unit]);
        }
        return broken;
    }

    int softBroken(int[] at) {
        int broken = 0;
        for (int unit = 0; unit < at.length; unit++) {
            broken += softBroken(unit, at[unit]);
        }
        return broken;
    }
}
