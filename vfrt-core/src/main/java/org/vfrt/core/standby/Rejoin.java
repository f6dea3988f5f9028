package org.vfrt.core.standby;

import java.util.List;
import java.util.UUID;
import org.vfrt.core.claim.Claim;
import org.vfrt.core.claim.Claims;
import org.vfrt.core.claim.Place;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.failure.Refused;

/** Lets a host that came back run protected guests again, once nothing of those that went elsewhere can start there by itself. */
public final class Rejoin {

    private final StandbyWorld world;
    private final Claims claims;
    private final Gates gates;

    public Rejoin(StandbyWorld world) {
        this.world = world;
        this.claims = new Claims(world.register());
        this.gates = new Gates(world.pool(), world.permits());
    }

    /**
     * What was done.
     *
     * @param removed what could have brought a stale copy back, in words
     */
    public record Outcome(Place place, List<String> removed) {

        public Outcome {
            removed = List.copyOf(removed);
        }
    }

    /**
     * Does it.
     *
     * @throws Refused when a guest runs there that its claim has elsewhere
     * @throws org.vfrt.core.failure.Temporary when the host does not answer
     */
    public Outcome run(String host) {
        List<Claim> elsewhere = claims.all().stream()
                .map(Claims.Known::claim)
                .filter(claim -> claim.phase() != Claim.Phase.RELEASED)
                .filter(claim -> !claim.names(host))
                .toList();
        Place place = new Place(host, gates.standing(host).boot());
        List<UUID> guests = elsewhere.stream().map(Claim::guest).toList();
        for (Claim claim : elsewhere) {
            gates.guard(host, claim.guest(), claim.name(), claim.epoch());
        }
        List<Reason> running = elsewhere.stream()
                .filter(claim -> gates.presence(host, claim.guest()) == Presence.RUNNING)
                .map(claim -> new Reason(
                        "stale-copy-runs",
                        "guest '" + claim.name() + "' runs on host '" + host + "', and its claim is held by host '"
                                + claim.at().host() + "'",
                        "Find out which copy is the right one, and end the other, before anything else."))
                .toList();
        if (!running.isEmpty()) {
            throw new Refused("host '" + host + "' cannot rejoin", running);
        }
        List<String> stale = world.stale().find(host, guests);
        if (!stale.isEmpty()) {
            world.stale().remove(host, guests);
        }
        List<String> left = world.stale().find(host, guests);
        if (!left.isEmpty()) {
            throw new Refused(
                    "stale-copy-left",
                    "host '" + host + "' cannot rejoin: " + left.get(0) + " is still there",
                    "Remove it by hand, and type 'vfrt standby rejoin " + host + "' again.");
        }
        gates.rejoin(place);
        new LeftBehind(world).clear(host);
        return new Outcome(place, stale);
    }
}
