package org.vfrt.core.pack;

import java.util.HexFormat;
import org.vfrt.core.key.Derivation;

/**
 * What a store's contents are sealed with: nothing, or keys derived from the store's 32 random bytes. Holds secrets, so it prints
 * nothing. For any number of threads.
 */
public final class StoreKey {

    /** Bytes of the secret. */
    public static final int BYTES = 32;

    private static final byte[] NOTHING = {};
    private static final StoreKey NONE = new StoreKey(NOTHING);

    private final byte[] secret;
    private final byte[] pageSecret;

    private StoreKey(byte[] secret) {
        this.secret = secret.clone();
        this.pageSecret = secret.length == 0 ? NOTHING : derive("vfrt page ids", NOTHING);
    }

    /** Returns the key of a store that is not encrypted. */
    public static StoreKey none() {
        return NONE;
    }

    /** Returns the key of an encrypted store. */
    public static StoreKey of(byte[] secret) {
        if (secret.length != BYTES) {
            throw new IllegalArgumentException("a store's key has " + BYTES + " bytes");
        }
        return new StoreKey(secret);
    }

    /** Returns whether anything is encrypted. */
    public boolean encrypts() {
        return secret.length > 0;
    }

    /** Returns what the definition of a guest is known by; without the key nobody can try out what is in it. */
    public String definitionId(byte[] xml) {
        return HexFormat.of()
                .formatHex(
                        encrypts()
                                ? derive("vfrt definition", xml)
                                : PageId.sha256().digest(xml));
    }

    PageId pageId() {
        return new PageId(pageSecret);
    }

    /** Returns what seals the blocks of one writing of one pack: a salt is never used twice. */
    Sealer sealer(byte[] salt) {
        return encrypts() ? new AesSealer(derive("vfrt pack", salt)) : Sealer.NONE;
    }

    private byte[] derive(String purpose, byte[] salt) {
        return Derivation.of(secret, purpose, salt);
    }

    @Override
    public String toString() {
        return encrypts() ? "StoreKey[encrypts]" : "StoreKey[none]";
    }
}
