package org.vfrt.core.pack;

import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.vfrt.core.key.Algorithms;

/**
 * Names pages by what is in them: SHA-256 of the page, behind the store's secret when there is one, so that nobody without it can
 * try out whether a page is there. A prefix is as good as HMAC here, because all messages are of one length. For one thread.
 */
final class PageId {

    static final int BYTES = 32;

    private final byte[] secret;
    private final MessageDigest digest = Algorithms.sha256();

    /** @param secret 32 bytes, or none */
    PageId(byte[] secret) {
        this.secret = secret;
    }

    void of(byte[] page, int at, byte[] id, int idAt) {
        digest.update(secret);
        digest.update(page, at, Page.BYTES);
        try {
            digest.digest(id, idAt, BYTES);
        } catch (DigestException e) {
            throw new IllegalStateException(e);
        }
    }

    /** For what is short, and asked for by commands that are to start fast. */
    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
