package org.vfrt.core.standby;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.vfrt.core.checkpoint.RestoreForm;
import org.vfrt.core.claim.Claim;
import org.vfrt.core.claim.Claims;
import org.vfrt.core.claim.Place;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Busy;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.failure.Temporary;
import org.vfrt.core.sign.Sign;

/** Has a guest kept ready on another host. From then on it starts where its claim says, and nowhere else. Of a guest that is protected already, it changes how. */
public final class ProtectGuest {

    private final StandbyWorld world;
    private final Claims claims;
    private final Protections protections;
    private final Gates gates;

    public ProtectGuest(StandbyWorld world) {
        this.world = world;
        this.claims = new Claims(world.register());
        this.protections = new Protections(world.register());
        this.gates = new Gates(world.pool(), world.permits());
    }

    /**
     * What is asked for.
     *
     * @param host where it runs
     * @param standby where it is kept ready; empty for vfrt's choice
     */
    public record Request(
            UUID guest,
            String name,
            String host,
            Optional<String> standby,
            Tier tier,
            Duration interval,
            int priority,
            List<UUID> after,
            List<RestoreForm> recover,
            Sign health,
            boolean returns) {}

    /**
     * What was done.
     *
     * @param notes what is left to do, and is done by {@code vfrt standby run}
     */
    public record Outcome(Protection protection, Claim claim, List<String> notes) {

        public Outcome {
            notes = List.copyOf(notes);
        }
    }

    /**
     * Does it.
     *
     * @throws Refused when the guest cannot be protected; nothing was touched
     */
    public Outcome run(Request request) {
        world.pool().host(request.host());
        request.standby().ifPresent(host -> world.pool().host(host));
        if (request.standby().filter(request.host()::equals).isPresent()) {
            throw new BadInput(
                    "standby-is-primary",
                    "guest '" + request.name() + "' runs on host '" + request.host()
                            + "', which cannot be its standby host as well",
                    "Name another host with '--on', or none.");
        }
        List<String> notes = new ArrayList<>();
        Optional<Claims.Known> before = claims.read(request.guest());
        boolean held = before.filter(known -> known.claim().phase() != Claim.Phase.RELEASED)
                .isPresent();
        if (held && !before.get().claim().at().host().equals(request.host())) {
            throw new Busy(
                    "guest-claimed",
                    "guest '" + request.name() + "' is claimed by host '"
                            + before.get().claim().at().host() + "'",
                    "See 'vfrt standby status'.");
        }
        Protection protection = protection(request, notes);
        Place place = check(request, protection, before.map(Claims.Known::claim).filter(claim -> held), notes);
        // First: should its host die before the claim is complete, whoever leads knows how it is to come back.
        protections.write(protection);
        Claim claim = held ? before.get().claim() : claim(request, place, before);
        if (protections.read(request.guest()).isEmpty()) {
            // Somebody who was unprotecting it has taken it for the one before.
            protections.write(protection);
        }
        new GuardHosts(world).everywhere(claim, notes);
        return new Outcome(protection, claim, notes);
    }

    /** Asks only. */
    private Place check(Request request, Protection protection, Optional<Claim> held, List<String> notes) {
        List<Reason> reasons = new ArrayList<>(world.health().obstacles(request.health()));
        Place place = held.map(Claim::at).orElseGet(() -> unclaimed(request, reasons, notes));
        reasons.addAll(world.captures().obstacles(protection, request.host()));
        if (!reasons.isEmpty()) {
            throw new Refused("guest '" + request.name() + "' cannot be protected", reasons);
        }
        return place;
    }

    private Place unclaimed(Request request, List<Reason> reasons, List<String> notes) {
        Permits.Standing standing = gates.standing(request.host());
        if (!standing.installed()) {
            reasons.add(notSetUp(request.host(), ""));
        } else if (!standing.rejoined()) {
            reasons.add(new Reason(
                    "not-rejoined",
                    "host '" + request.host() + "' came back and has not rejoined",
                    "Type 'vfrt standby rejoin " + request.host() + "'."));
        }
        if (gates.presence(request.host(), request.guest()) != Presence.RUNNING) {
            reasons.add(new Reason(
                    "not-running",
                    "guest '" + request.name() + "' does not run on host '" + request.host() + "'",
                    "Start it first."));
        }
        for (String other : gates.hosts()) {
            if (other.equals(request.host())) {
                continue;
            }
            try {
                if (!gates.standing(other).installed()) {
                    reasons.add(notSetUp(other, ": the guest could be started there while it runs elsewhere"));
                }
                if (gates.presence(other, request.guest()) != Presence.ABSENT) {
                    reasons.add(new Reason(
                            "guest-twice",
                            "guest '" + request.name() + "' is on host '" + other + "'",
                            "Find out which copy is the right one, and end the other."));
                }
            } catch (Temporary e) {
                notes.add("host '" + other + "' does not answer; it learns later that the guest may not start there");
            }
        }
        return new Place(request.host(), standing.boot());
    }

    private static Reason notSetUp(String host, String consequence) {
        return new Reason(
                "host-not-set-up",
                "host '" + host + "' does not ask for permits" + consequence,
                "Type 'vfrt host setup " + host + "'.");
    }

    private Protection protection(Request request, List<String> notes) {
        Protection protection = new Protection(
                request.guest(),
                request.name(),
                request.tier(),
                request.host(),
                request.standby(),
                request.standby().isEmpty(),
                request.interval(),
                request.priority(),
                request.after(),
                request.recover(),
                request.health(),
                request.returns());
        if (request.standby().isPresent() && request.tier() == Tier.WARM) {
            return protection;
        }
        Placement.Ranking ranking =
                world.placement().rank(protection, Placement.Purpose.STANDBY, Set.of(request.host()));
        if (request.standby().isPresent()) {
            if (!ranking.fit().contains(request.standby().get())) {
                notes.add("by the scorer, host '" + request.standby().get() + "' would not take guest '"
                        + request.name() + "' now; see 'vfrt migrate guest " + request.name() + " --to "
                        + request.standby().get() + " --dry-run'");
            }
            return protection;
        }
        ranking.rejections().forEach(reason -> notes.add(reason.text()));
        if (ranking.fit().isEmpty()) {
            notes.add("no host can keep guest '" + request.name() + "' ready now: it is not protected yet");
        }
        return protection.on(ranking.fit().stream().findFirst());
    }

    /** A host may have seen later epochs than the register has, if that is a new one. */
    private Claim claim(Request request, Place place, Optional<Claims.Known> before) {
        long epoch = before.map(known -> known.claim().epoch()).orElse(0L);
        for (String host : gates.hosts()) {
            epoch = Math.max(epoch, highestEpoch(host, request.guest()));
        }
        // Before the claim: a host that a claim names, or ever named, starts the guest with a permit only, also when it
        // comes back.
        gates.guard(place.host(), request.guest(), request.name(), epoch + 1);
        Claim claim = Claim.of(request.guest(), request.name(), epoch + 1, Claim.Phase.HELD, place);
        Optional<Claims.Known> known = before.isPresent() ? claims.change(before.get(), claim) : claims.begin(claim);
        if (known.isEmpty()) {
            throw new Busy(
                    "guest-contended",
                    "somebody else protects guest '" + request.name() + "' at this moment",
                    "See 'vfrt standby status'.");
        }
        gates.give(place, claim.guest(), claim.epoch());
        return claim;
    }

    private long highestEpoch(String host, UUID guest) {
        try {
            return gates.standing(host).guarded().stream()
                    .filter(guarded -> guarded.guest().equals(guest))
                    .mapToLong(Permits.Guarded::highestEpoch)
                    .max()
                    .orElse(0);
        } catch (Failure e) {
            return 0;
        }
    }
}
