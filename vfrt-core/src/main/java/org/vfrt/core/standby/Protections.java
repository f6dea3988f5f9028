package org.vfrt.core.standby;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.vfrt.core.claim.Register;

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

    /** Removes one. */
    void remove(UUID guest) {
        new RegisterValue(register, PREFIX + guest).clear();
    }
}
