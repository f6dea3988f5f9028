package org.vfrt.core.store;

import java.io.IOException;
import java.util.Optional;
import java.util.function.Supplier;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.key.AccessKey;
import org.vfrt.core.pack.StoreKey;

/**
 * What a store is opened with. Nothing is read before something of a checkpoint's contents is wanted: a list of checkpoints needs no
 * key. For any number of threads.
 */
public final class StoreKeys {

    private final Optional<StoreKey> known;
    private final Optional<Supplier<AccessKey>> given;

    private StoreKeys(Optional<StoreKey> known, Optional<Supplier<AccessKey>> given) {
        this.known = known;
        this.given = given;
    }

    /** For stores that are not encrypted: one that is cannot be opened. */
    public static StoreKeys none() {
        return new StoreKeys(Optional.empty(), Optional.empty());
    }

    /** For encrypted stores. */
    public static StoreKeys of(Supplier<AccessKey> given) {
        return new StoreKeys(Optional.empty(), Optional.of(given));
    }

    /** For a store whose own key is known, whatever it says of itself. */
    static StoreKeys known(StoreKey key) {
        return new StoreKeys(Optional.of(key), Optional.empty());
    }

    /**
     * Opens a store.
     *
     * @throws Refused when it is encrypted and no key was given, or another one; or a key was given and it is not
     */
    StoreKey open(Backend backend) throws IOException {
        if (known.isPresent()) {
            return known.get();
        }
        Optional<StoreHead> head = new StoreHeadFile(backend).read();
        String store = backend.location();
        if (head.isEmpty() || !head.get().encrypted()) {
            if (given.isPresent()) {
                throw new Refused(
                        "store-not-encrypted",
                        "a key is configured, and the store '" + store + "' is not encrypted; nothing was touched",
                        "Make an encrypted one with 'vfrt store init --encrypt' and fill it with 'vfrt store copy', or"
                                + " take the key out of the configuration.");
            }
            return StoreKey.none();
        }
        return StoreKey.of(
                secret(head.get(), given.orElseThrow(() -> missing(store)).get(), store));
    }

    static Refused missing(String store) {
        return new Refused(
                "store-key-missing",
                "the store '" + store + "' is encrypted, and no key is configured",
                "Say where it is with 'store_key_file' or 'store_key_command' in the configuration, or with"
                        + " VFRT_STORE_KEY_FILE.");
    }

    /**
     * Returns an encrypted store's secret.
     *
     * @throws Refused when no slot is of this key
     */
    static byte[] secret(StoreHead head, AccessKey key, String store) {
        return head.slots().stream()
                .flatMap(slot -> KeyWrap.unwrap(slot, key, head.id()).stream())
                .findFirst()
                .orElseThrow(
                        () -> new Refused(
                                "wrong-store-key",
                                "the key does not open the store '" + store + "'",
                                "Configure the key that this store was made with; 'vfrt config show' says which is taken now."));
    }
}
