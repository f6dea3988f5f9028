package org.vfrt.core.standby;

import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.vfrt.core.claim.Claim;
import org.vfrt.core.claim.Claims;
import org.vfrt.core.claim.Place;
import org.vfrt.core.failure.Busy;
import org.vfrt.core.failure.NotFound;
import org.vfrt.core.failure.Refused;

/** What has to be so before a guest leaves a host on purpose. Asks only, but for the guard on the target. */
final class Departure {

    private final StandbyWorld world;
    private final Gates gates;

    Departure(StandbyWorld world) {
        this.world = world;
        this.gates = new Gates(world.pool(), world.permits());
    }

    /** What was found. */
    record Checked(Protection protection, Claims.Known known, Place target) {}

    Checked check(UUID guest, Optional<String> to) {
        Protection protection = new Protections(world.register())
                .read(guest)
                .orElseThrow(() -> new NotFound(
                        "not-protected", "guest '" + guest + "' is not protected", "See 'vfrt standby status'."));
        Claims.Known known = new Claims(world.register())
                .read(guest)
                .filter(there -> there.claim().phase() == Claim.Phase.HELD)
                .orElseThrow(() -> new Busy(
                        "guest-on-its-way",
                        "guest '" + protection.name() + "' is being brought to another host already",
                        "Wait until it is there; see 'vfrt standby status'."));
        Place at = known.claim().at();
        if (!gates.standing(at.host()).boot().equals(at.boot())
                || gates.presence(at.host(), guest) != Presence.RUNNING) {
            throw new Refused(
                    "not-running",
                    "guest '" + protection.name() + "' does not run on host '" + at.host() + "', where it is claimed",
                    "See 'vfrt standby status'.");
        }
        return new Checked(protection, known, target(protection, known.claim().epoch(), at.host(), to));
    }

    private Place target(Protection protection, long epoch, String from, Optional<String> to) {
        String host = to.or(() -> protection.standby().filter(standby -> !standby.equals(from)))
                .or(() -> world.placement().rank(protection, Placement.Purpose.ACTIVATION, Set.of(from)).fit().stream()
                        .findFirst())
                .orElseThrow(() -> new Refused(
                        "no-host-takes-it",
                        "no host takes guest '" + protection.name() + "'",
                        "Make room, or name one with '--to'."));
        world.pool().host(host);
        Permits.Standing standing = gates.standing(host);
        Place place = new Place(host, standing.boot());
        if (host.equals(from)
                || !standing.installed()
                || !standing.rejoined()
                || world.evidence().ofEnd(place).isPresent()) {
            throw new Refused(
                    "target-not-ready",
                    "host '" + host + "' cannot take guest '" + protection.name() + "': "
                            + (host.equals(from) ? "it runs there" : "it is not set up, or has not rejoined"),
                    "See 'vfrt host check " + host + "' and 'vfrt standby rejoin " + host + "'.");
        }
        gates.guard(host, protection.guest(), protection.name(), epoch);
        return place;
    }
}
