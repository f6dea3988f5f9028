package org.vfrt.core.store;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.key.AccessKey;

/**
 * Lets another key open an encrypted store, and then the old one no more. What is in the store is not touched: only its secret is
 * wrapped again. Whoever has a copy of the old {@code store.json} and the old key can still open the store.
 */
public final class ChangeStoreKey {

    private final Backend backend;
    private final Random random;

    /** @param random nobody can guess what it says */
    public ChangeStoreKey(Backend backend, Random random) {
        this.backend = backend;
        this.random = random;
    }

    /**
     * Changes it. One that was interrupted leaves the old key valid, or both, and can be called again.
     *
     * @param now opens the store until now
     * @param next opens it from now on; asked for when the first is known to open it
     * @throws Refused when the store is not encrypted, or the first key does not open it
     */
    public void run(Optional<Supplier<AccessKey>> now, Supplier<AccessKey> next) {
        StoreHeadFile file = new StoreHeadFile(backend);
        try {
            StoreHead there = head(file);
            AccessKey old =
                    now.orElseThrow(() -> StoreKeys.missing(backend.location())).get();
            StoreKeys.secret(there, old, backend.location());
            AccessKey fresh = next.get();
            backend.lock(Backend.Lock.CHANGES).holding(() -> {
                change(file, old, fresh);
                return file;
            });
        } catch (IOException e) {
            throw backend.trouble(e);
        }
    }

    private void change(StoreHeadFile file, AccessKey old, AccessKey fresh) throws IOException {
        StoreHead there = head(file);
        byte[] secret = StoreKeys.secret(there, old, backend.location());
        KeySlot slot = KeyWrap.wrap(secret, fresh, there.id(), random);
        List<KeySlot> both = new ArrayList<>(there.slots());
        both.add(slot);
        file.write(new StoreHead(there.id(), both));
        // What was made durable is asked, not what is remembered of it: the old slot is about to go.
        StoreHead durable = head(file);
        StoreKeys.secret(durable, fresh, backend.location());
        List<KeySlot> left = new ArrayList<>(durable.slots());
        // Also what an interrupted change left of the new key.
        left.removeIf(one -> !one.equals(slot) && (opens(one, old, durable) || opens(one, fresh, durable)));
        file.write(new StoreHead(durable.id(), left));
    }

    private static boolean opens(KeySlot slot, AccessKey key, StoreHead head) {
        return KeyWrap.unwrap(slot, key, head.id()).isPresent();
    }

    private StoreHead head(StoreHeadFile file) throws IOException {
        return file.read()
                .filter(StoreHead::encrypted)
                .orElseThrow(() -> new Refused(
                        "store-not-encrypted",
                        "the store '" + backend.location() + "' is not encrypted, so it has no key",
                        "Make an encrypted one with 'vfrt store init --encrypt', and fill it with 'vfrt store copy'."));
    }
}
