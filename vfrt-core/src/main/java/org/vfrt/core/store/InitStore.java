package org.vfrt.core.store;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.function.Supplier;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.key.AccessKey;
import org.vfrt.core.pack.StoreKey;

/** Makes a store: its place, and what it says of itself. */
public final class InitStore {

    private final Backend backend;
    private final Random random;

    /** @param random makes the store's secret; nobody can guess what it says */
    public InitStore(Backend backend, Random random) {
        this.backend = backend;
        this.random = random;
    }

    /**
     * What was made.
     *
     * @param id the store's own name
     */
    public record Outcome(UUID id, boolean encrypted) {}

    /**
     * Makes it.
     *
     * @param key opens it from now on; empty for a store that is not encrypted. It is not asked for before all else is found well,
     *     and must be safe where it is kept when it is returned: without it, nothing in the store comes back.
     * @throws Refused when there is a store already
     */
    public Outcome run(Optional<Supplier<AccessKey>> key) {
        StoreHeadFile file = new StoreHeadFile(backend);
        try {
            backend.found();
            return backend.lock(Backend.Lock.CHANGES).holding(() -> {
                refuseOld(file, key.isPresent());
                UUID id = PackedStore.newId(random);
                file.write(new StoreHead(
                        id, key.isEmpty() ? List.of() : List.of(slot(key.get().get(), id))));
                return new Outcome(id, key.isPresent());
            });
        } catch (IOException e) {
            throw backend.trouble(e);
        }
    }

    private KeySlot slot(AccessKey key, UUID id) {
        byte[] secret = new byte[StoreKey.BYTES];
        random.nextBytes(secret);
        return KeyWrap.wrap(secret, key, id, random);
    }

    private void refuseOld(StoreHeadFile file, boolean encrypt) throws IOException {
        if (file.read().isPresent()) {
            throw new Refused(
                    "store-exists",
                    "there is a store in '" + backend.location() + "' already; it was left as it is",
                    "Look at it with 'vfrt store stat', or name another directory with '--store'.");
        }
        if (encrypt && backend.isUsed()) {
            throw new Refused(
                    "store-not-empty",
                    "there are checkpoints in '" + backend.location()
                            + "', and no 'store.json' says what they were made with; it was left as it is",
                    "If they are encrypted, bring 'store.json' back from a copy. If not, make an encrypted store in another"
                            + " directory, and fill it with 'vfrt store copy'.");
        }
    }
}
