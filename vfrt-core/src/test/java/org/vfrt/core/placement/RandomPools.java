package org.vfrt.core.placement;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import org.vfrt.core.pool.Version;

/** Small pools of all kinds: full and empty ones, with rules, odd hosts, guests that are bound, hosts that are being left. */
final class RandomPools {

    static final Version XEN = new Version(4, 17, 0);
    private static final long GIB = 1L << 30;
    private static final Facility NETWORK = new Facility(Facility.Kind.NETWORK, "xenbr1");

    private final SplittableRandom random;

    RandomPools(long seed) {
        this.random = new SplittableRandom(seed);
    }

    /** Returns a pool within which every guest is where it may be, memory-wise; rules can be broken. */
    PoolLoad next(int hostsMax, int guestsPerHostMax) {
        int count = 2 + random.nextInt(hostsMax - 1);
        boolean racks = random.nextInt(3) == 0;
        List<HostLoad> hosts = new ArrayList<>();
        long[] free = new long[count];
        double[] freeVcpus = new double[count];
        for (int i = 0; i < count; i++) {
            long memory = (16 + 16 * random.nextInt(4)) * GIB;
            int cpus = 4 + 4 * random.nextInt(4);
            free[i] = memory;
            freeVcpus[i] = 4.0 * cpus;
            hosts.add(new HostLoad(
                    "host" + i,
                    state(),
                    racks ? "rack" + i / 2 : "host" + i,
                    new Amount(memory, cpus, 4.0 * cpus),
                    new Amount(memory, Double.POSITIVE_INFINITY, 4.0 * cpus),
                    new Amount(0, random.nextDouble() * 0.5, 0),
                    random.nextInt(8) == 0 ? Set.of() : Set.of(NETWORK),
                    random.nextInt(10) == 0 ? new Version(4, 16, 0) : XEN));
        }
        List<GuestLoad> guests = guests(hosts, free, freeVcpus, count * random.nextInt(1, guestsPerHostMax + 1));
        return new PoolLoad(hosts, guests, rules(hosts, guests));
    }

    private HostLoad.State state() {
        return switch (random.nextInt(20)) {
            case 0, 1 -> HostLoad.State.LEAVING;
            case 2 -> HostLoad.State.UNKNOWN;
            default -> HostLoad.State.ONLINE;
        };
    }

    private List<GuestLoad> guests(List<HostLoad> hosts, long[] free, double[] freeVcpus, int count) {
        List<GuestLoad> guests = new ArrayList<>();
        int crowded = random.nextInt(hosts.size());
        for (int i = 0; i < count; i++) {
            int host = random.nextInt(3) == 0 ? crowded : random.nextInt(hosts.size());
            long memory = (1 + random.nextInt(8)) * GIB;
            int vcpus = 1 << random.nextInt(4);
            if (free[host] < memory || freeVcpus[host] < vcpus) {
                continue;
            }
            free[host] -= memory;
            freeVcpus[host] -= vcpus;
            guests.add(new GuestLoad(
                    "guest" + i,
                    new UUID(0, i),
                    hosts.get(host).name(),
                    new Amount(memory, random.nextDouble() * vcpus / 2, vcpus),
                    hosts.get(host).facilities().isEmpty() || random.nextInt(3) > 0 ? Set.of() : Set.of(NETWORK),
                    hosts.get(host).hypervisorVersion(),
                    random.nextInt(20) == 0
                            ? Optional.of(new GuestLoad.Bound(Rejection.Code.PV_GUEST, "is a PV guest"))
                            : Optional.empty(),
                    0,
                    barred(hosts, host)));
        }
        return guests;
    }

    private Map<String, GuestLoad.Bound> barred(List<HostLoad> hosts, int home) {
        int other = random.nextInt(hosts.size());
        return other == home || random.nextInt(8) > 0
                ? Map.of()
                : Map.of(hosts.get(other).name(), new GuestLoad.Bound(Rejection.Code.LEFT_LATELY, "was left lately"));
    }

    private List<Rule> rules(List<HostLoad> hosts, List<GuestLoad> guests) {
        List<Rule> rules = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0 && guests.size() > 2; i--) {
            List<Rule.Kind> kinds = List.of(Rule.Kind.values());
            Rule.Kind kind = kinds.get(random.nextInt(kinds.size()));
            Set<String> some = new HashSet<>();
            for (int j = 2 + random.nextInt(2); j > 0; j--) {
                some.add(guests.get(random.nextInt(guests.size())).name());
            }
            Set<String> places = new HashSet<>();
            for (int j = 1 + random.nextInt(hosts.size()); j > 0; j--) {
                places.add(hosts.get(random.nextInt(hosts.size())).name());
            }
            rules.add(new Rule("rule" + i, kind, random.nextInt(3) > 0, some, places));
        }
        return rules;
    }
}
