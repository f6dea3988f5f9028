package org.vfrt.core.claim;

import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * The claims of all guests. That a claim is changed only by whoever saw it as it is, and that epochs grow, is seen to here; that there is evidence, by whoever changes it. As safe for
 * threads as its register.
 */
public final class Claims {

    private static final String PREFIX = "claim/";

    private final Register register;

    public Claims(Register register) {
        this.register = register;
    }

    /** A claim as it was read. */
    public record Known(Claim claim, long revision) {}

    /** Returns a guest's claim; a released one too. */
    public Optional<Known> read(UUID guest) {
        return register.read(key(guest)).map(Claims::known);
    }

    /** Returns all claims, the released ones too. */
    public List<Known> all() {
        return register.list(PREFIX).stream().map(Claims::known).toList();
    }

    /** Returns all claims by which a host may run a guest. */
    public List<Known> naming(String host) {
        return all().stream().filter(known -> known.claim().names(host)).toList();
    }

    /**
     * Begins the claim of a guest that nobody has claimed ever.
     *
     * @return empty when somebody did meanwhile
     */
    public Optional<Known> begin(Claim claim) {
        return register.write(key(claim.guest()), Register.ABSENT, claim.json())
                .map(revision -> new Known(claim, revision));
    }

    /**
     * Changes a claim.
     *
     * @return empty when somebody else changed it first; nothing was written then
     */
    public Optional<Known> change(Known seen, Claim next) {
        Claim before = seen.claim();
        boolean widened = !before.places().containsAll(next.places());
        if (!before.guest().equals(next.guest())
                || next.epoch() < before.epoch()
                || (widened && next.epoch() == before.epoch())) {
            throw new IllegalStateException("a claim that must not follow: " + before + ", then " + next);
        }
        return register.write(key(next.guest()), seen.revision(), next.json())
                .map(revision -> new Known(next, revision));
    }

    /** Reads an entry that holds a claim, for whoever watches the register itself. */
    public static Claim parse(Register.Entry entry) {
        return Claim.parse(entry);
    }

    private static String key(UUID guest) {
        return PREFIX + guest;
    }

    private static Known known(Register.Entry entry) {
        return new Known(Claim.parse(entry), entry.revision());
    }
}
