package org.vfrt.core.evidence;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import org.vfrt.core.claim.Claim;
import org.vfrt.core.claim.EntryFacts;
import org.vfrt.core.claim.Place;
import org.vfrt.core.claim.Register;

/** The evidence in the register. What is written there stays, until it is voided or no claim needs it any more. As safe for threads as its register. */
public final class EvidenceRecords {

    private static final String PREFIX = "evidence/";

    private final Register register;
    private final Set<Evidence.Kind> sufficient;

    /** @param sufficient the kinds that will do; others are kept and not counted. That a host let go of a guest always will */
    public EvidenceRecords(Register register, Set<Evidence.Kind> sufficient) {
        this.register = register;
        this.sufficient = Set.copyOf(sufficient);
    }

    /** Returns whether policy lets a kind count. */
    public boolean suffices(Evidence.Kind kind) {
        return kind == Evidence.Kind.LET_GO || sufficient.contains(kind);
    }

    /** Returns what is known of a boot's end. */
    public Optional<Evidence> ofEnd(Place place) {
        return register.read(key(place)).flatMap(Evidence::parse).filter(found -> suffices(found.kind()));
    }

    /** Returns why a place cannot run a guest any more, nor ever again under an epoch before this one. */
    public Optional<Evidence> ofLeaving(Place place, UUID guest, long epoch) {
        return ofEnd(place)
                .or(() -> register.read(key(place, guest))
                        .flatMap(Evidence::parse)
                        .filter(found -> found instanceof Evidence.LetGo gone && gone.epoch() == epoch));
    }

    /**
     * Writes evidence. What is there already, and was not voided, stays as it is: it is as good, and older. A person's and a device's word is written anew: somebody who saw the host before
     * may be about to void what stands.
     */
    public void write(Evidence evidence) {
        String key = evidence instanceof Evidence.LetGo gone ? key(gone.place(), gone.guest()) : key(evidence.place());
        while (true) {
            Optional<Register.Entry> there = register.read(key);
            boolean stands = there.flatMap(Evidence::parse)
                    .filter(found -> suffices(found.kind()))
                    .filter(found -> !(evidence instanceof Evidence.Confirmed || evidence instanceof Evidence.Fenced)
                            || !found.at().isBefore(evidence.at()))
                    .filter(found -> !(found instanceof Evidence.LetGo) || found.equals(evidence))
                    .isPresent();
            if (stands
                    || register.write(key, there.map(Register.Entry::revision).orElse(Register.ABSENT), evidence.json())
                            .isPresent()) {
                return;
            }
        }
    }

    /** What was there about the end of some boots before their hosts were looked at: a sighting contradicts that, and nothing that came since. */
    public record Before(Map<Place, Register.Entry> entries) {

        public Before {
            entries = Map.copyOf(entries);
        }
    }

    /** Reads what is there; to be called before hosts are looked at. */
    public Before before(Collection<Place> places) {
        Map<Place, Register.Entry> entries = new HashMap<>();
        places.forEach(place -> register.read(key(place)).ifPresent(entry -> entries.put(place, entry)));
        return new Before(entries);
    }

    /**
     * Voids what was there about the end of a boot, because the boot was seen alive afterwards.
     *
     * @return what was voided
     */
    public Optional<Evidence> voidOf(Before before, Place place, Instant at) {
        Optional<Register.Entry> there = Optional.ofNullable(before.entries().get(place));
        Optional<Evidence> lie = there.flatMap(Evidence::parse);
        if (there.isPresent() && lie.isPresent()) {
            register.write(
                    key(place),
                    there.get().revision(),
                    EntryFacts.writing()
                            .put("void", "the host was seen alive under the same boot at " + at)
                            .put("was", lie.get().text())
                            .text());
        }
        return lie;
    }

    /**
     * Removes what no claim needs: about boots that none names, and about guests that have gone on since.
     *
     * @param claims asked for after the evidence was listed: whoever writes evidence has seen the claim that needs it
     */
    public void prune(Supplier<List<Claim>> claims) {
        List<Register.Entry> entries = register.list(PREFIX);
        List<Claim> all = entries.isEmpty() ? List.of() : claims.get();
        for (Register.Entry entry : entries) {
            if (!needed(entry, all)) {
                register.remove(entry.key(), entry.revision());
            }
        }
    }

    private static boolean needed(Register.Entry entry, List<Claim> claims) {
        Optional<Evidence> evidence = Evidence.parse(entry);
        List<Claim> naming = new ArrayList<>(claims);
        if (evidence.isPresent()) {
            naming.removeIf(claim -> !claim.places().contains(evidence.get().place()));
        } else {
            naming.removeIf(claim ->
                    claim.places().stream().noneMatch(place -> entry.key().startsWith(key(place))));
        }
        if (evidence.isPresent() && evidence.get() instanceof Evidence.LetGo gone) {
            naming.removeIf(claim -> !claim.guest().equals(gone.guest()) || claim.epoch() >= gone.epoch());
        }
        return !naming.isEmpty();
    }

    private static String key(Place place) {
        return PREFIX + place.host() + "/" + place.boot();
    }

    private static String key(Place place, UUID guest) {
        return key(place) + "/" + guest;
    }
}
