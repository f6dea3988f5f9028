package org.vfrt.core.store;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256, written as 64 lower-case hexadecimal digits. */
final class Sha256 {

    private static final int DIGITS = 64;

    private Sha256() {}

    /** Returns whether a text is written so. */
    static boolean matches(String text) {
        for (int i = 0; i < text.length(); i++) {
            char one = text.charAt(i);
            if ((one < '0' || one > '9') && (one < 'a' || one > 'f')) {
                return false;
            }
        }
        return text.length() == DIGITS;
    }

    static MessageDigest begin() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    static String of(byte[] content) {
        return of(content, content.length);
    }

    static String of(byte[] content, int length) {
        MessageDigest digest = begin();
        digest.update(content, 0, length);
        return end(digest);
    }

    static String end(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest());
    }
}
