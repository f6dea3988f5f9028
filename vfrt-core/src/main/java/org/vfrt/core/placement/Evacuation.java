package org.vfrt.core.placement;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Packs the units of hosts that fail together into the free room of the others. Best fit, the largest first, nearly always succeeds, and
 * its success is a proof; where it fails, every way is tried, for as long as that takes at most.
 */
final class Evacuation {

    /** The search for a packing gives up after so many placements: a tenth of a second or two. */
    private static final long PLACEMENTS_MAX = 1_000_000;

    private static final int MEMORY = Resource.MEMORY.column();

    private final List<String> names = new ArrayList<>();
    private final List<int[]> hosts = new ArrayList<>();
    private final int[] domainOf;
    private final boolean someDieWithHost;
    private long placementsLeft;

    /** A unit of a failed host, and the host it would be started on, -1 for none. */
    record Placed(int unit, int host) {}

    record Outcome(List<Placed> placed, long shortfallBytes, boolean proven) {}

    Evacuation(PoolLoad pool) {
        Map<String, List<Integer>> domains = new LinkedHashMap<>();
        for (int host = 0; host < pool.hosts().size(); host++) {
            domains.computeIfAbsent(pool.hosts().get(host).failureDomain(), unknown -> new ArrayList<>())
                    .add(host);
        }
        someDieWithHost = pool.guests().stream().anyMatch(GuestLoad::diesWithHost);
        domainOf = new int[pool.hosts().size()];
        domains.forEach((name, members) -> {
            members.forEach(host -> domainOf[host] = names.size());
            names.add(name);
            hosts.add(members.stream().mapToInt(Integer::intValue).toArray());
        });
    }

    int domains() {
        return names.size();
    }

    String name(int domain) {
        return names.get(domain);
    }

    int[] hosts(int domain) {
        return hosts.get(domain);
    }

    /** Returns the layout's score, with what would find no place in it. */
    Score score(Layout layout) {
        Score score = layout.score();
        return new Score(
                score.violations(),
                shortfallBytes(layout),
                score.softViolations(),
                score.overload(),
                score.imbalance());
    }

    /** Returns the memory of all guests that would be homeless, over all failures. The layout ends as it was. */
    long shortfallBytes(Layout layout) {
        long sum = 0;
        int[][] byHost = layout.unitsByHost();
        for (int domain = 0; domain < domains(); domain++) {
            int[] units = units(layout, byHost, domain);
            if (!hasPlentyOfRoom(layout, units, domain)) {
                sum += pack(layout, units, domain).shortfallBytes();
            }
        }
        return sum;
    }

    /** Returns what becomes of the units of one failure domain that can be started elsewhere. The layout ends as it was. */
    Outcome of(Layout layout, int domain) {
        return pack(layout, units(layout, layout.unitsByHost(), domain), domain);
    }

    /** Returns whether a host is there to take guests when a domain has failed. */
    private boolean isUp(Layout layout, int host, int failed) {
        return domainOf[host] != failed && layout.online(host);
    }

    /** Returns what needs room elsewhere. What dies with its host needs none, and no move changes that. */
    private int[] units(Layout layout, int[][] byHost, int domain) {
        int[] members = hosts.get(domain);
        return members.length == 1 && !someDieWithHost
                ? byHost[members[0]]
                : IntStream.of(members)
                        .flatMap(host -> IntStream.of(byHost[host]))
                        .filter(unit -> !layout.diesWithHost(unit))
                        .toArray();
    }

    /** Whether all would fit even if each were as large as the largest: found without packing. */
    private boolean hasPlentyOfRoom(Layout layout, int[] units, int failed) {
        double[] most = new double[Resource.COUNT];
        for (int unit : units) {
            if (!layout.goesAnywhere(unit)) {
                return false;
            }
            for (int resource = 0; resource < most.length; resource++) {
                most[resource] = Math.max(most[resource], layout.need(unit, resource));
            }
        }
        long places = 0;
        for (int host = 0; host < domainOf.length && places < units.length; host++) {
            if (isUp(layout, host, failed)) {
                places += places(layout, host, most);
            }
        }
        return places >= units.length;
    }

    private static long places(Layout layout, int host, double[] need) {
        double places = Integer.MAX_VALUE;
        for (int resource = 0; resource < need.length; resource++) {
            if (need[resource] > 0) {
                places = Math.min(places, Math.floor(layout.free(host, resource) / need[resource]));
            }
        }
        return (long) Math.max(0, places);
    }

    private Outcome pack(Layout layout, int[] units, int failed) {
        int[][] bundles = layout.bundles(units);
        Arrays.sort(bundles, Comparator.comparingDouble(bundle -> -memory(layout, bundle)));
        int[][] origins = new int[bundles.length][];
        for (int i = 0; i < bundles.length; i++) {
            origins[i] = IntStream.of(bundles[i]).map(layout::hostOf).toArray();
        }
        int[] places = bestFit(layout, bundles, failed);
        putBack(layout, bundles, origins);
        boolean proven = true;
        if (IntStream.of(places).anyMatch(place -> place < 0)) {
            placementsLeft = PLACEMENTS_MAX;
            int[] exact = new int[bundles.length];
            if (search(layout, bundles, 0, failed, exact)) {
                places = exact;
            } else {
                proven = placementsLeft > 0;
            }
            putBack(layout, bundles, origins);
        }
        return outcome(layout, bundles, places, proven);
    }

    private static Outcome outcome(Layout layout, int[][] bundles, int[] places, boolean proven) {
        long shortfall = 0;
        List<Placed> placed = new ArrayList<>();
        for (int i = 0; i < bundles.length; i++) {
            shortfall += places[i] < 0 ? (long) memory(layout, bundles[i]) : 0;
            for (int unit : bundles[i]) {
                placed.add(new Placed(unit, places[i]));
            }
        }
        return new Outcome(placed, shortfall, proven);
    }

    private static double memory(Layout layout, int[] bundle) {
        double sum = 0;
        for (int unit : bundle) {
            sum += layout.need(unit, MEMORY);
        }
        return sum;
    }

    private static void putBack(Layout layout, int[][] bundles, int[][] origins) {
        for (int i = 0; i < bundles.length; i++) {
            for (int j = 0; j < bundles[i].length; j++) {
                layout.move(bundles[i][j], origins[i][j]);
            }
        }
    }

    private int[] bestFit(Layout layout, int[][] bundles, int failed) {
        int[] places = new int[bundles.length];
        for (int i = 0; i < bundles.length; i++) {
            places[i] = -1;
            for (int host : fullestFirst(layout, failed)) {
                if (put(layout, bundles[i], host)) {
                    places[i] = host;
                    break;
                }
            }
        }
        return places;
    }

    private int[] fullestFirst(Layout layout, int failed) {
        return IntStream.range(0, domainOf.length)
                .filter(host -> isUp(layout, host, failed))
                .boxed()
                .sorted(Comparator.comparingDouble(host -> layout.free(host, MEMORY)))
                .mapToInt(Integer::intValue)
                .toArray();
    }

    /** Puts all units of a bundle on a host, or none. */
    private static boolean put(Layout layout, int[] bundle, int host) {
        for (int i = 0; i < bundle.length; i++) {
            int from = layout.hostOf(bundle[i]);
            if (!layout.takes(bundle[i], host)) {
                // All of a bundle come from one host.
                for (int j = 0; j < i; j++) {
                    layout.move(bundle[j], from);
                }
                return false;
            }
            layout.move(bundle[i], host);
        }
        return true;
    }

    /** Tries every place for the next bundle, the fullest first. Leaves the layout with all placed when it returns true. */
    private boolean search(Layout layout, int[][] bundles, int next, int failed, int[] places) {
        if (next == bundles.length) {
            return true;
        }
        if (!isRoomAtAll(layout, bundles, next, failed)) {
            return false;
        }
        int from = layout.hostOf(bundles[next][0]);
        for (int host : fullestFirst(layout, failed)) {
            if (placementsLeft-- <= 0) {
                return false;
            }
            if (put(layout, bundles[next], host)) {
                places[next] = host;
                if (search(layout, bundles, next + 1, failed, places)) {
                    return true;
                }
                for (int unit : bundles[next]) {
                    layout.move(unit, from);
                }
            }
        }
        return false;
    }

    private boolean isRoomAtAll(Layout layout, int[][] bundles, int next, int failed) {
        double[] need = new double[Resource.COUNT];
        for (int i = next; i < bundles.length; i++) {
            for (int unit : bundles[i]) {
                for (int resource = 0; resource < need.length; resource++) {
                    need[resource] += layout.need(unit, resource);
                }
            }
        }
        double[] free = new double[Resource.COUNT];
        for (int host = 0; host < domainOf.length; host++) {
            if (isUp(layout, host, failed)) {
                for (int resource = 0; resource < free.length; resource++) {
                    free[resource] += Math.max(0, layout.free(host, resource));
                }
            }
        }
        return IntStream.range(0, need.length).allMatch(resource -> need[resource] <= free[resource]);
    }
}
