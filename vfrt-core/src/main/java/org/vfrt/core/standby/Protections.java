package org.vfrt.core.standby;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.vfrt.core.checkpoint.RecoverGuest;
import org.vfrt.core.claim.Claim;
import org.vfrt.core.claim.Register;
import org.vfrt.core.sign.Sign;

/** The protections of all guests, in the register. As safe for threads as the register. */
public final class Protections {

    private static final String PREFIX = "protection/";

    private final Register register;

    public Protections(Register register) {
        this.register = register;
    }

    /** Returns a guest's. */
    public Optional<Protection> read(UUID guest) {
        return register.read(PREFIX + guest).map(Protection::parse);
    }

    /** Returns all. */
    public List<Protection> all() {
        return register.list(PREFIX).stream().map(Protection::parse).toList();
    }

    /** Writes one, whatever was there. */
    void write(Protection protection) {
        new RegisterValue(register, PREFIX + protection.guest()).put(protection.json());
    }

    /** Changes one, unless somebody else changed or removed it meanwhile: then the other one holds. */
    void change(Protection seen, Protection next) {
        register.read(PREFIX + seen.guest())
                .filter(entry -> Protection.parse(entry).equals(seen))
                .ifPresent(entry -> register.write(entry.key(), entry.revision(), next.json()));
    }

    /** Returns that of a claimed guest. One that was lost between two who protected and unprotected it at the same time is made up: the guest has to come back all the same. */
    Protection of(Claim claim) {
        return read(claim.guest())
                .orElseGet(() -> new Protection(
                        claim.guest(),
                        claim.name(),
                        Tier.WARM,
                        claim.at().host(),
                        Optional.empty(),
                        false,
                        Duration.ofHours(1),
                        0,
                        List.of(),
                        RecoverGuest.PREFERENCE,
                        Sign.usual(),
                        false));
    }

    /** Returns the revision of one, for {@link #remove}. */
    long revision(UUID guest) {
        return register.read(PREFIX + guest).map(Register.Entry::revision).orElse(Register.ABSENT);
    }

    /** Removes one, unless somebody wrote it since. */
    void remove(UUID guest, long revision) {
        if (revision != Register.ABSENT) {
            register.remove(PREFIX + guest, revision);
        }
    }
}
