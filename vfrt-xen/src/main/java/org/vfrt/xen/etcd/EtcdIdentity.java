package org.vfrt.xen.etcd;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.vfrt.core.config.EtcdSettings;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.key.KeyOrigin;
import org.vfrt.core.key.ReadSecret;

/** Whom vfrt trusts at the other end, and what it shows of itself, from files in PEM. */
final class EtcdIdentity {

    private static final Pattern KEY =
            Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");
    /** It stays in this process. */
    private static final char[] NO_PASSWORD = new char[0];

    private final ReadSecret secrets;

    EtcdIdentity(ReadSecret secrets) {
        this.secrets = secrets;
    }

    /**
     * Returns what the connections are made with; empty for what this machine does by itself.
     *
     * @throws BadInput when a file is not what it is to be
     */
    Optional<SSLContext> context(EtcdSettings settings) {
        if (settings.authorities().isEmpty() && settings.certificate().isEmpty()) {
            return Optional.empty();
        }
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(
                    settings.authorities().isPresent()
                            ? authorities(settings.authorities().get())
                            : (KeyStore) null);
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(
                    settings.certificate().isPresent() && settings.key().isPresent()
                            ? own(settings.certificate().get(), settings.key().get())
                            : empty(),
                    NO_PASSWORD);
            context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
            return Optional.of(context);
        } catch (GeneralSecurityException | IOException e) {
            throw new BadInput(
                    "bad-etcd-identity",
                    "the certificates for etcd cannot be used: " + e.getMessage(),
                    "See whether the certificate and the key belong together.");
        }
    }

    private static KeyStore empty() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }

    private static KeyStore authorities(Path file) throws GeneralSecurityException, IOException {
        KeyStore store = empty();
        int number = 0;
        for (Certificate certificate : certificates(file)) {
            store.setCertificateEntry("authority-" + number++, certificate);
        }
        return store;
    }

    private KeyStore own(Path certificate, Path key) throws GeneralSecurityException, IOException {
        KeyStore store = empty();
        store.setKeyEntry(
                "vfrt", key(key), NO_PASSWORD, certificates(certificate).toArray(Certificate[]::new));
        return store;
    }

    private static Collection<? extends Certificate> certificates(Path file) throws GeneralSecurityException {
        byte[] text;
        try {
            text = Files.readAllBytes(file);
        } catch (IOException e) {
            throw new BadInput(
                    "bad-etcd-identity",
                    "file '" + file + "' with certificates for etcd cannot be read: " + e.getMessage(),
                    "Name the right one in the configuration.");
        }
        Collection<? extends Certificate> certificates =
                CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(text));
        if (certificates.isEmpty()) {
            throw new BadInput(
                    "bad-etcd-identity", "there is no certificate in file '" + file + "'", "Name one in PEM.");
        }
        return certificates;
    }

    private PrivateKey key(Path file) throws GeneralSecurityException {
        Matcher pem = KEY.matcher(secrets.run(new KeyOrigin.File(file), "the key of vfrt's certificate for etcd"));
        if (!pem.find()) {
            throw new BadInput(
                    "bad-etcd-identity",
                    "what is in file '" + file + "' is not a key in PKCS 8 without a password",
                    "Convert it with 'openssl pkcs8 -topk8 -nocrypt -in " + file
                            + " -out NEW', and make that mode 0600.");
        }
        byte[] der = Base64.getMimeDecoder().decode(pem.group(1).getBytes(StandardCharsets.US_ASCII));
        for (String algorithm : List.of("EC", "RSA", "Ed25519")) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
            } catch (InvalidKeySpecException e) {
                // One of another kind.
            }
        }
        throw new InvalidKeySpecException("the key is neither RSA nor of an elliptic curve");
    }
}
