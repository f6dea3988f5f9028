package org.vfrt.core.store;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.vfrt.core.key.AccessKey;

/**
 * Wraps a store's secret for an operator's key. The secret itself never changes, so a change of keys rewrites nothing but a slot. The
 * store's id is sealed in: a slot of one store opens no other.
 */
final class KeyWrap {

    private static final int TAG_BITS = 128;

    private KeyWrap() {}

    static KeySlot wrap(byte[] secret, AccessKey key, UUID store, Random random) {
        byte[] salt = new byte[KeySlot.SALT_BYTES];
        random.nextBytes(salt);
        byte[] nonce = new byte[KeySlot.NONCE_BYTES];
        random.nextBytes(nonce);
        try {
            HexFormat hex = HexFormat.of();
            byte[] wrapped =
                    cipher(Cipher.ENCRYPT_MODE, key, salt, nonce, store).doFinal(secret);
            return new KeySlot(hex.formatHex(salt), hex.formatHex(nonce), hex.formatHex(wrapped));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has AES-GCM", e);
        }
    }

    /** Returns the secret; empty when the slot is of another key. */
    static Optional<byte[]> unwrap(KeySlot slot, AccessKey key, UUID store) {
        HexFormat hex = HexFormat.of();
        try {
            Cipher cipher =
                    cipher(Cipher.DECRYPT_MODE, key, hex.parseHex(slot.salt()), hex.parseHex(slot.nonce()), store);
            return Optional.of(cipher.doFinal(hex.parseHex(slot.wrapped())));
        } catch (AEADBadTagException e) {
            return Optional.empty();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has AES-GCM", e);
        }
    }

    private static Cipher cipher(int mode, AccessKey key, byte[] salt, byte[] nonce, UUID store)
            throws GeneralSecurityException {
        byte[] wrapping = key.derive("vfrt store key", salt);
        try {
            Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
            cipher.init(mode, new SecretKeySpec(wrapping, "AES"), new GCMParameterSpec(TAG_BITS, nonce));
            cipher.updateAAD(store.toString().getBytes(StandardCharsets.US_ASCII));
            return cipher;
        } finally {
            Arrays.fill(wrapping, (byte) 0);
        }
    }
}
