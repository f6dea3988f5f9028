package org.vfrt.core.standby;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import org.vfrt.core.claim.Claim;
import org.vfrt.core.claim.Claims;
import org.vfrt.core.claim.Place;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.failure.Temporary;

/** Has each host let run what the claims say: guards and permits that are missing are given, those that are left over are taken. What a host has seen later than the claim, stays. */
final class GuardHosts {

    private final Claims claims;
    private final Gates gates;

    GuardHosts(StandbyWorld world) {
        this.claims = new Claims(world.register());
        this.gates = new Gates(world.pool(), world.permits());
    }

    /** Sees to one claim on all hosts; where it was held last comes first. */
    void everywhere(Claim claim, List<String> notes) {
        Map<String, Permits.Standing> standings = new TreeMap<>();
        for (String host : gates.hosts()) {
            try {
                standings.put(host, gates.standing(host));
            } catch (Temporary e) {
                notes.add("host '" + host + "': " + e.getMessage());
            }
        }
        List<String> hosts = new ArrayList<>(standings.keySet());
        hosts.sort(Comparator.comparing(host -> !host.equals(claim.at().host())));
        for (String host : hosts) {
            try {
                at(claim, host, standings);
            } catch (Temporary | Refused e) {
                notes.add("host '" + host + "': " + e.getMessage());
                if (claim.phase() == Claim.Phase.RELEASED
                        && host.equals(claim.at().host())) {
                    return;
                }
            }
        }
    }

    /**
     * Sees to one claim on one host.
     *
     * @param standings of the hosts that answered after the claim was read
     * @throws Refused when the host has seen a later epoch: then the claim is another one already
     */
    void at(Claim claim, String host, Map<String, Permits.Standing> standings) {
        Permits.Standing standing = Objects.requireNonNull(standings.get(host), "a host that answered");
        if (!standing.installed()) {
            return;
        }
        Optional<Permits.Guarded> guarded = guarded(claim, standing);
        if (claim.phase() == Claim.Phase.RELEASED) {
            if (guarded.isPresent() && (host.equals(claim.at().host()) || isFree(claim, standings))) {
                if (guarded.get().highestEpoch() > claim.epoch()) {
                    catchUp(claim, guarded.get().highestEpoch());
                    return;
                }
                // A start that somebody began long ago, and sleeps in, must not come to its end after this.
                gates.withdraw(host, claim.guest(), claim.epoch());
                gates.unguard(host, claim.guest(), claim.epoch());
            }
            return;
        }
        if (guarded.isEmpty()) {
            gates.guard(host, claim.guest(), claim.name());
        }
        long seen = guarded.map(Permits.Guarded::highestEpoch).orElse(0L);
        boolean permitted = guarded.flatMap(Permits.Guarded::permit).isPresent();
        if (!claim.names(host)) {
            // That a host hears of the epoch keeps those from giving an earlier one there who have slept since.
            if (permitted || seen < claim.epoch()) {
                gates.withdraw(host, claim.guest(), claim.epoch());
            }
        } else if (claim.phase() == Claim.Phase.HELD
                && claim.at().equals(new Place(host, standing.boot()))
                && standing.rejoined()
                && guarded.flatMap(Permits.Guarded::permit)
                        .filter(epoch -> epoch == claim.epoch())
                        .isEmpty()) {
            if (seen > claim.epoch()) {
                goOn(claim, seen + 1);
            } else {
                gates.give(claim.at(), claim.guest(), claim.epoch());
            }
        }
    }

    /**
     * Somebody who was to take the guest from this host told it of the next epoch, and came to nothing; its permit is gone. The claim gets an epoch that nobody has heard of, and with it the permit next time: whoever still
     * sleeps there asks with an earlier one.
     */
    private void goOn(Claim held, long epoch) {
        claims.read(held.guest())
                .filter(known -> known.claim().equals(held))
                .ifPresent(known -> claims.change(known, held.with(Claim.Phase.HELD, held.at(), epoch)));
    }

    /**
     * Ends guards that somebody put there who died before there was a claim. One that has heard of an epoch gets a tombstone first, with which it ends the next time; but not while any host has a permit for the guest, or
     * does not say: then this may be another register than the one that the guest was protected with.
     *
     * @param standings of the hosts that answered
     * @param protections as they are after the host said what it guards: whoever guards a guest has written its protection before
     * @return the names of guests that stay guarded although the register knows nothing of them
     */
    List<String> unclaimed(
            String host,
            Map<String, Permits.Standing> standings,
            List<Claims.Known> known,
            List<Protection> protections) {
        Permits.Standing standing = Objects.requireNonNull(standings.get(host), "a host that answered");
        List<String> stay = new ArrayList<>();
        Set<UUID> wanted = known.stream().map(one -> one.claim().guest()).collect(Collectors.toSet());
        protections.forEach(protection -> wanted.add(protection.guest()));
        for (Permits.Guarded guarded : standing.guarded()) {
            if (wanted.contains(guarded.guest())) {
                continue;
            }
            if (guarded.highestEpoch() == 0) {
                gates.unguard(host, guarded.guest(), 0);
            } else if (!standings.keySet().containsAll(gates.hosts()) || permitted(guarded.guest(), standings)) {
                stay.add(guarded.name());
            } else {
                claims.begin(Claim.of(
                        guarded.guest(),
                        guarded.name(),
                        guarded.highestEpoch(),
                        Claim.Phase.RELEASED,
                        new Place(host, standing.boot())));
            }
        }
        return stay;
    }

    private static boolean permitted(UUID guest, Map<String, Permits.Standing> standings) {
        return standings.values().stream()
                .flatMap(standing -> standing.guarded().stream())
                .anyMatch(guarded ->
                        guarded.guest().equals(guest) && guarded.permit().isPresent());
    }

    /** Somebody told the host of an epoch and did not come to claim it. Now nobody can: the tombstone has that epoch. Then the guard can go. */
    private void catchUp(Claim released, long epoch) {
        claims.read(released.guest())
                .filter(known -> known.claim().equals(released))
                .ifPresent(known -> claims.change(known, released.with(Claim.Phase.RELEASED, released.at(), epoch)));
    }

    /** While the host that held it last still guards it, the guest may run there, or be about to: nowhere else may it start. */
    private boolean isFree(Claim claim, Map<String, Permits.Standing> standings) {
        String last = claim.at().host();
        if (!gates.hosts().contains(last)) {
            return true;
        }
        Permits.Standing standing = standings.get(last);
        return standing != null && guarded(claim, gates.standing(last)).isEmpty();
    }

    private static Optional<Permits.Guarded> guarded(Claim claim, Permits.Standing standing) {
        return standing.guarded().stream()
                .filter(one -> one.guest().equals(claim.guest()))
                .findFirst();
    }
}
