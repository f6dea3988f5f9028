package org.vfrt.core.placement;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.vfrt.core.failure.Temporary;
import org.vfrt.core.pool.Version;

/**
 * What the hosts of a pool carry, at one moment: all that a score and a plan depend on.
 *
 * @param guests the running ones; each is on one of the hosts
 */
public record PoolLoad(List<HostLoad> hosts, List<GuestLoad> guests, List<Rule> rules) {

    private static final Amount ENDLESS =
            new Amount(Long.MAX_VALUE, Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY);

    /** No host can be called like this. */
    private static final HostLoad NOWHERE = new HostLoad(
            "",
            HostLoad.State.UNKNOWN,
            "",
            new Amount(Long.MAX_VALUE, 1, 1),
            ENDLESS,
            Amount.NONE,
            Set.of(),
            new Version(0, 0, 0));

    /** @throws IllegalArgumentException when two hosts or guests bear the same name, or a guest is on no host of the list */
    public PoolLoad {
        hosts = List.copyOf(hosts);
        guests = List.copyOf(guests);
        rules = List.copyOf(rules);
        Set<String> hostNames = new HashSet<>();
        for (HostLoad host : hosts) {
            if (!hostNames.add(host.name())) {
                throw new IllegalArgumentException("two hosts are called '" + host.name() + "'");
            }
        }
        Set<String> guestNames = new HashSet<>();
        for (GuestLoad guest : guests) {
            if (!guestNames.add(guest.name())) {
                throw new IllegalArgumentException("two guests are called '" + guest.name() + "'");
            }
            if (!hostNames.contains(guest.host())) {
                throw new IllegalArgumentException("guest '" + guest.name() + "' is on no host of the pool");
            }
        }
    }

    /**
     * Makes sure that anything is known of the pool.
     *
     * @throws Temporary when it has hosts, and none of them answers
     */
    public void demandAnswer() {
        if (!hosts.isEmpty() && hosts.stream().allMatch(host -> host.state() == HostLoad.State.UNKNOWN)) {
            throw new Temporary("no-host-answers", "no host of the pool answers", "See 'vfrt host check'.");
        }
    }

    /** Returns the pool as it is when the moves are done. Moves of guests it does not have count for nothing. */
    public PoolLoad after(List<Move> moves) {
        Map<String, String> places = new HashMap<>();
        moves.forEach(move -> places.put(move.guest(), move.to()));
        return new PoolLoad(
                hosts,
                guests.stream()
                        .map(guest -> guest.on(places.getOrDefault(guest.name(), guest.host())))
                        .toList(),
                rules);
    }

    /** Returns the pool with a guest more, on a host that is none of the others and takes part in nothing. */
    PoolLoad expecting(GuestLoad newcomer) {
        List<HostLoad> all = new ArrayList<>(hosts);
        all.add(NOWHERE);
        List<GuestLoad> more = new ArrayList<>(guests);
        more.add(newcomer.on(NOWHERE.name()));
        return new PoolLoad(all, more, rules);
    }

    /** Returns the pool with one host that fails by itself, whatever it shares with others. */
    public PoolLoad failingAlone(String host) {
        return withHosts(one -> one.name().equals(host) ? one.failingAlone() : one);
    }

    /** Returns the pool with one host in another state. */
    public PoolLoad with(String host, HostLoad.State state) {
        return withHosts(one -> one.name().equals(host) ? one.with(state) : one);
    }

    /** Returns the pool with what becomes of each host. */
    public PoolLoad withHosts(UnaryOperator<HostLoad> change) {
        return new PoolLoad(hosts.stream().map(change).toList(), guests, rules);
    }

    /** Returns the pool with what becomes of each guest. */
    public PoolLoad withGuests(UnaryOperator<GuestLoad> change) {
        return new PoolLoad(hosts, guests.stream().map(change).toList(), rules);
    }
}
