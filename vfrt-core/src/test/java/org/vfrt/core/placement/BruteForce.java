package org.vfrt.core.placement;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * What becomes of a small pool when some of its hosts die, found by trying every host for every guest: written without a look at what it
 * judges, and by the records alone.
 */
final class BruteForce {

    private static final int LOST = -1;

    private final PoolLoad pool;
    private final boolean[] failed;
    private final List<Integer> lost = new ArrayList<>();
    private final int[] place;
    private final long[] freeBytes;
    private final double[] freeVcpus;
    private final List<List<About>> rules = new ArrayList<>();

    /** A hard rule, its guests by number, and whether all of them were together before. */
    private record About(Rule rule, List<Integer> guests, boolean wereTogether) {}

    BruteForce(PoolLoad pool, List<String> failedHosts) {
        this.pool = pool;
        Map<String, Integer> hosts = new HashMap<>();
        failed = new boolean[pool.hosts().size()];
        freeBytes = new long[failed.length];
        freeVcpus = new double[failed.length];
        for (int host = 0; host < failed.length; host++) {
            HostLoad facts = pool.hosts().get(host);
            hosts.put(facts.name(), host);
            failed[host] = failedHosts.contains(facts.name());
            freeBytes[host] = facts.limit().memoryBytes() - facts.taken().memoryBytes();
            freeVcpus[host] = facts.limit().vcpus() - facts.taken().vcpus();
        }
        place = new int[pool.guests().size()];
        for (int guest = 0; guest < place.length; guest++) {
            GuestLoad facts = pool.guests().get(guest);
            rules.add(new ArrayList<>());
            int home = hosts.getOrDefault(facts.host(), LOST);
            place[guest] = failed[home] ? LOST : home;
            if (failed[home]) {
                lost.add(guest);
            } else {
                put(guest, home);
            }
        }
        // Any order tries them all; this one finds out sooner.
        lost.sort(Comparator.comparing(guest -> -pool.guests().get(guest).need().memoryBytes()));
        for (Rule rule : pool.rules()) {
            List<Integer> about = guests(rule);
            boolean wereTogether = about.stream()
                            .map(guest -> pool.guests().get(guest).host())
                            .distinct()
                            .count()
                    == 1;
            for (int guest : rule.hard() ? about : List.<Integer>of()) {
                rules.get(guest).add(new About(rule, about, wereTogether));
            }
        }
    }

    private List<Integer> guests(Rule rule) {
        return IntStream.range(0, place.length)
                .filter(guest -> rule.guests().contains(pool.guests().get(guest).name()))
                .boxed()
                .toList();
    }

    /** Returns whether there are places for all guests of the hosts that died. */
    boolean canPack() {
        return canPack(0);
    }

    private boolean canPack(int next) {
        if (next == lost.size()) {
            return true;
        }
        int guest = lost.get(next);
        for (int host = 0; host < failed.length; host++) {
            if (may(guest, host)) {
                put(guest, host);
                boolean found = canPack(next + 1);
                take(guest, host);
                if (found) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Returns whether guests of the hosts that died can be started where these moves say, one after the other. */
    boolean allows(List<Move> moves) {
        List<int[]> done = new ArrayList<>();
        boolean allowed = true;
        for (Move move : moves) {
            int guest = lost.stream()
                    .filter(one -> pool.guests().get(one).name().equals(move.guest()))
                    .findFirst()
                    .orElseThrow();
            int host = pool.hosts().stream().map(HostLoad::name).toList().indexOf(move.to());
            allowed &= place[guest] == LOST && may(guest, host);
            put(guest, host);
            done.add(new int[] {guest, host});
        }
        done.forEach(one -> take(one[0], one[1]));
        return allowed;
    }

    private void put(int guest, int host) {
        place[guest] = host;
        freeBytes[host] -= pool.guests().get(guest).need().memoryBytes();
        freeVcpus[host] -= pool.guests().get(guest).need().vcpus();
    }

    private void take(int guest, int host) {
        place[guest] = LOST;
        freeBytes[host] += pool.guests().get(guest).need().memoryBytes();
        freeVcpus[host] += pool.guests().get(guest).need().vcpus();
    }

    private boolean may(int number, int host) {
        GuestLoad guest = pool.guests().get(number);
        HostLoad facts = pool.hosts().get(host);
        if (failed[host]
                || facts.state() != HostLoad.State.ONLINE
                || guest.need().memoryBytes() > freeBytes[host]
                || guest.need().vcpus() > freeVcpus[host]
                || !facts.facilities().containsAll(guest.facilities())
                || facts.hypervisorVersion().compareTo(guest.hypervisorVersion()) < 0) {
            return false;
        }
        for (About about : rules.get(number)) {
            if (!keeps(about, number, host)) {
                return false;
            }
        }
        return true;
    }

    private boolean keeps(About about, int guest, int host) {
        String name = pool.hosts().get(host).name();
        return switch (about.rule.kind()) {
            case ON -> about.rule.hosts().contains(name);
            case NOT_ON -> !about.rule.hosts().contains(name);
            case APART -> {
                for (int other : about.guests) {
                    if (other != guest && place[other] == host) {
                        yield false;
                    }
                }
                yield true;
            }
            case DOMAINS_APART -> {
                for (int other : about.guests) {
                    if (other != guest && place[other] != LOST && sameDomain(place[other], host)) {
                        yield false;
                    }
                }
                yield true;
            }
            // Guests that were together stay together; those that were apart may be anywhere.
            case TOGETHER -> {
                for (int other : about.guests) {
                    if (about.wereTogether && place[other] != LOST && place[other] != host) {
                        yield false;
                    }
                }
                yield true;
            }
        };
    }

    private boolean sameDomain(int one, int other) {
        return pool.hosts()
                .get(one)
                .failureDomain()
                .equals(pool.hosts().get(other).failureDomain());
    }
}
