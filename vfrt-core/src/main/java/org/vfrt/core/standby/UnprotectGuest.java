package org.vfrt.core.standby;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.vfrt.core.claim.Claim;
import org.vfrt.core.claim.Claims;
import org.vfrt.core.claim.Place;
import org.vfrt.core.claim.Register;
import org.vfrt.core.failure.Busy;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.NotFound;
import org.vfrt.core.failure.Temporary;

/** Ends a protection: the guest starts anywhere again, as any other. Its claim stays as a tombstone. */
public final class UnprotectGuest {

    private final StandbyWorld world;
    private final Claims claims;

    public UnprotectGuest(StandbyWorld world) {
        this.world = world;
        this.claims = new Claims(world.register());
    }

    /**
     * Does it.
     *
     * @return what is left to do, and is done by {@code vfrt standby run}
     * @throws Busy when it is being failed over or moved
     * @throws org.vfrt.core.failure.Temporary when the host that holds it does not answer; nothing was changed
     */
    public List<String> run(UUID guest) {
        Protections protections = new Protections(world.register());
        // Before the claim is released: somebody may protect the guest again as soon as it is.
        long revision = protections.revision(guest);
        if (claims.read(guest).isEmpty() && revision != Register.ABSENT) {
            // Protecting it was broken off.
            return brokenOff(protections, guest, revision);
        }
        Claims.Known known = claims.read(guest).orElseThrow(() -> unprotected(guest));
        Claim released = known.claim();
        if (released.phase() != Claim.Phase.RELEASED) {
            Claim claim = known.claim();
            if (claim.phase() != Claim.Phase.HELD
                    || world.evidence().ofEnd(claim.at()).isPresent()) {
                throw busy(claim);
            }
            demandAnswer(claim);
            released = claim.with(Claim.Phase.RELEASED, claim.at(), claim.epoch() + 1);
            if (claims.change(known, released).isEmpty()) {
                throw busy(claim);
            }
        }
        protections.remove(guest, revision);
        List<String> notes = new ArrayList<>();
        new GuardHosts(world).everywhere(released, notes);
        return notes;
    }

    /** Hosts may guard it and have heard of an epoch, and no claim says that this is over. That this is the right register is known by the protection. */
    private List<String> brokenOff(Protections protections, UUID guest, long revision) {
        String name = protections.read(guest).map(Protection::name).orElse(guest.toString());
        List<String> notes = new ArrayList<>(List.of("hosts that guard it already are told by 'vfrt standby run'"));
        Gates gates = new Gates(world.pool(), world.permits());
        for (String host : gates.hosts()) {
            try {
                Permits.Standing standing = gates.standing(host);
                standing.guarded().stream()
                        .filter(one -> one.guest().equals(guest))
                        .filter(one -> one.highestEpoch() > 0)
                        .forEach(one -> claims.begin(Claim.of(
                                guest,
                                name,
                                one.highestEpoch(),
                                Claim.Phase.RELEASED,
                                new Place(host, standing.boot()))));
            } catch (Failure e) {
                notes.add("host '" + host + "': " + e.getMessage());
            }
        }
        protections.remove(guest, revision);
        return notes;
    }

    /** No other host may start it before that one has let go of it: unprotected, it would start nowhere. */
    private void demandAnswer(Claim claim) {
        String host = claim.at().host();
        Gates gates = new Gates(world.pool(), world.permits());
        if (!gates.hosts().contains(host)) {
            return;
        }
        try {
            gates.standing(host);
        } catch (Temporary e) {
            throw new Temporary(
                    e.code(),
                    "guest '" + claim.name() + "' stays protected: host '" + host
                            + "', which may run it, does not answer: " + e.getMessage(),
                    "Bring the host back, or have it failed over with 'vfrt standby failover --host " + host
                            + "' first; one that is gone for good is to be taken out of the configuration.",
                    e);
        }
    }

    private static NotFound unprotected(UUID guest) {
        return new NotFound("not-protected", "guest '" + guest + "' is not protected", "See 'vfrt standby status'.");
    }

    private static Busy busy(Claim claim) {
        return new Busy(
                "guest-on-its-way",
                "guest '" + claim.name() + "' is being brought to another host",
                "Wait until it is there; see 'vfrt standby status'.");
    }
}
