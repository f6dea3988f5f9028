package org.vfrt.core.key;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Makes keys of a secret, each good for one purpose and one salt, from which neither the secret nor another one can be told. */
public final class Derivation {

    private Derivation() {}

    /** Returns 32 bytes: HMAC-SHA-256 of purpose and salt under the secret. */
    public static byte[] of(byte[] secret, String purpose, byte[] salt) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret, "HmacSHA256"));
            mac.update(purpose.getBytes(StandardCharsets.US_ASCII));
            return mac.doFinal(salt);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has HMAC-SHA-256", e);
        }
    }
}
