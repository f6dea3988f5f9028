package org.vfrt.core.claim;

import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Which host may run a protected guest. Immutable.
 *
 * @param name the guest's, for people
 * @param epoch grows whenever a place is added, and never shrinks
 * @param at where it may run; of a released claim, where it was last
 * @param to while it is moving, where else it may run
 * @param heading while it is leaving, to which host
 */
public record Claim(
        UUID guest, String name, long epoch, Phase phase, Place at, Optional<Place> to, Optional<String> heading) {

    /** What is going on. */
    public enum Phase {
        /** It runs there, or whoever shut it down may start it there. */
        HELD,
        /** A live migration goes on between two hosts, and either may run it. */
        MOVING,
        /** It is about to be handed over by a last capture: it runs where it is, and soon nowhere. */
        LEAVING,
        /** It is to be started there, and may run already. */
        ACTIVATING,
        /** Nobody protects it. The claim stays, so that epochs go on growing when somebody does again. */
        RELEASED
    }

    public Claim {
        if (epoch < 1 || (phase == Phase.MOVING) != to.isPresent() || (phase == Phase.LEAVING) != heading.isPresent()) {
            throw new IllegalArgumentException("a claim that cannot be: " + phase + ", epoch " + epoch);
        }
    }

    /** A claim with one place. */
    public static Claim of(UUID guest, String name, long epoch, Phase phase, Place at) {
        return new Claim(guest, name, epoch, phase, at, Optional.empty(), Optional.empty());
    }

    /** Returns all places that may run the guest. */
    public List<Place> places() {
        return phase == Phase.RELEASED
                ? List.of()
                : to.map(second -> List.of(at, second)).orElse(List.of(at));
    }

    /** Returns whether it may run on a host. */
    public boolean names(String host) {
        return places().stream().anyMatch(place -> place.host().equals(host));
    }

    /** Returns it with one place, in another phase or epoch. */
    public Claim with(Phase next, Place place, long nextEpoch) {
        return of(guest, name, nextEpoch, next, place);
    }

    String json() {
        return EntryFacts.writing()
                .put("guest", guest)
                .put("name", name)
                .put("epoch", epoch)
                .put("phase", phase)
                .put("host", at.host())
                .put("boot", at.boot())
                .put("toHost", to.map(Place::host))
                .put("toBoot", to.map(Place::boot))
                .put("heading", heading)
                .text();
    }

    static Claim parse(Register.Entry entry) {
        EntryFacts facts = EntryFacts.of(entry);
        return facts.checked(() -> new Claim(
                facts.uuid("guest"),
                facts.text("name"),
                facts.number("epoch"),
                facts.word("phase", Phase.class),
                new Place(facts.text("host"), facts.text("boot")),
                facts.optional("toHost").map(host -> new Place(host, facts.text("toBoot"))),
                facts.optional("heading")));
    }
}
