package org.vfrt.core.key;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.Provider;
import java.util.Optional;
import javax.crypto.Cipher;

/**
 * AES-GCM and SHA-256 for whole memories: in machine code where its library can be loaded, else the JVM's own. What comes of them is the
 * same. The JVM's own are interpreted at first and then compiled, which takes longer than most checkpoints do. Whatever handles some
 * KiB only asks the JVM itself: loading the library costs a tenth of a second.
 *
 * <p>For any number of threads.
 */
public final class Algorithms {

    private static final String AES_GCM = "AES/GCM/NoPadding";
    private static final String SHA_256 = "SHA-256";

    private Algorithms() {}

    /** Loaded when it is first asked for, and for the whole process: a library cannot be loaded twice. */
    private static final class Library {

        static final Optional<Provider> PROVIDER = load();

        private static Optional<Provider> load() {
            try {
                Provider provider = AmazonCorrettoCryptoProvider.INSTANCE;
                // One that found no library for this machine, or may not map it, is there and has nothing to offer.
                return provider.getService("Cipher", AES_GCM) == null ? Optional.empty() : Optional.of(provider);
            } catch (LinkageError e) {
                return Optional.empty();
            }
        }
    }

    /** Returns whether they run in machine code from the first byte on. */
    static boolean areNative() {
        return Library.PROVIDER.isPresent();
    }

    /** Makes an AES-GCM cipher, which does not pad. */
    public static Cipher aesGcm() {
        return aesGcm(Library.PROVIDER);
    }

    static Cipher aesGcm(Optional<Provider> library) {
        try {
            if (library.isPresent()) {
                return Cipher.getInstance(AES_GCM, library.get());
            }
        } catch (GeneralSecurityException e) {
            // Its own test of what it computes failed: it is not to be used.
            return aesGcm(Optional.empty());
        }
        try {
            return Cipher.getInstance(AES_GCM);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has AES-GCM", e);
        }
    }

    /** Makes a SHA-256 digest. Given a few bytes at a time it is slower than the JVM's own. */
    public static MessageDigest sha256() {
        return sha256(Library.PROVIDER);
    }

    static MessageDigest sha256(Optional<Provider> library) {
        try {
            if (library.isPresent()) {
                return MessageDigest.getInstance(SHA_256, library.get());
            }
        } catch (NoSuchAlgorithmException e) {
            return sha256(Optional.empty());
        }
        try {
            return MessageDigest.getInstance(SHA_256);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
