package org.vfrt.core.standby;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.vfrt.core.claim.Claims;
import org.vfrt.core.claim.Place;
import org.vfrt.core.evidence.Evidence;
import org.vfrt.core.evidence.ProveDeath;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Refused;

/**
 * Takes a person's word that a host is dead. In two steps: first the person is shown the boots that are believed to run, then goes and looks, and then confirms these and no others. A boot that
 * began meanwhile was not seen by anybody.
 */
public final class ConfirmDead {

    private final StandbyWorld world;

    public ConfirmDead(StandbyWorld world) {
        this.world = world;
    }

    /** Returns the boots of a host that guests are claimed by, for the person to be shown before going to look. */
    public Set<String> boots(String host) {
        Set<String> boots = new TreeSet<>();
        new Claims(world.register())
                .naming(host).stream()
                        .flatMap(known -> known.claim().places().stream())
                        .filter(place -> place.host().equals(host))
                        .map(Place::boot)
                        .forEach(boots::add);
        return boots;
    }

    /**
     * Writes the evidence.
     *
     * @param typed the host's name as the person typed it
     * @param person who
     * @param boots what {@link #boots} had returned before the person looked
     * @throws BadInput when another name was typed
     * @throws Refused when the host answers
     */
    public List<Evidence> run(String host, String typed, String person, Set<String> boots) {
        if (!typed.equals(host) || person.isBlank()) {
            throw new BadInput(
                    "not-confirmed",
                    "nothing was confirmed: '" + typed + "' is not '" + host + "', or no name was given",
                    "Type the name of the host, and give your own with '--as'.");
        }
        if (!world.evidence().suffices(Evidence.Kind.CONFIRMED)) {
            throw new Refused(
                    "evidence-not-sufficient",
                    "a person's word is not among the evidence that the configuration lets count",
                    "See 'standby: {evidence: ...}' in the configuration.");
        }
        world.watch().look(host).boot().filter(boots::contains).ifPresent(boot -> {
            throw new Refused(
                    ProveDeath.ALIVE,
                    "host '" + host + "' answers, under the boot that is to be confirmed dead",
                    "Take its power away first.");
        });
        List<Evidence> confirmed = new ArrayList<>();
        for (String boot : boots) {
            Evidence evidence =
                    new Evidence.Confirmed(new Place(host, boot), world.clock().instant(), person);
            world.evidence().write(evidence);
            confirmed.add(evidence);
        }
        return confirmed;
    }
}
