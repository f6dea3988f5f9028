package org.vfrt.core.standby;

import java.util.Optional;
import org.vfrt.core.claim.EntryFacts;
import org.vfrt.core.claim.Register;

/** One entry where the last one who writes is right. */
record RegisterValue(Register register, String key) {

    Optional<EntryFacts> read() {
        return register.read(key).map(EntryFacts::of);
    }

    void put(String value) {
        while (register.write(key, revision(), value).isEmpty()) {
            // Somebody else wrote in between, and is overwritten.
        }
    }

    void clear() {
        for (long seen = revision(); seen != Register.ABSENT && !register.remove(key, seen); seen = revision()) {
            // Somebody else wrote in between.
        }
    }

    private long revision() {
        return register.read(key).map(Register.Entry::revision).orElse(Register.ABSENT);
    }
}
