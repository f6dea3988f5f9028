package org.vfrt.xen.etcd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.core.claim.Register;
import org.vfrt.core.claim.RegisterContract;
import org.vfrt.core.config.EtcdSettings;
import org.vfrt.core.config.RegisterPlace;
import org.vfrt.core.config.StandbySettings;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.failure.Temporary;
import org.vfrt.core.key.KeyOrigin;
import org.vfrt.core.key.ReadSecret;
import org.vfrt.xen.host.LocalKeyCommand;

/** Against a real etcd. Each test has a prefix of its own in it. */
final class EtcdRegisterTest extends RegisterContract {

    private static final AtomicInteger POOLS = new AtomicInteger();
    private static final ReadSecret SECRETS = new ReadSecret(new LocalKeyCommand());

    @TempDir
    private static Path served;

    private static EtcdServer etcd;

    @TempDir
    private Path directory;

    private String prefix = "";

    @BeforeAll
    static void starts() throws Exception {
        etcd = EtcdServer.start(served);
    }

    @AfterAll
    static void ends() throws Exception {
        if (etcd != null) {
            etcd.close();
        }
    }

    @BeforeEach
    void anotherPool() {
        prefix = "pool-" + POOLS.incrementAndGet() + "/";
    }

    @Override
    protected Register open() {
        return open(List.of(etcd.endpoint()));
    }

    private Register open(List<URI> endpoints) {
        return new EtcdRegister(settings(endpoints), SECRETS);
    }

    private EtcdSettings settings(List<URI> endpoints) {
        EtcdSettings some = EtcdServer.settings(endpoints);
        return new EtcdSettings(
                some.endpoints(),
                prefix,
                some.authorities(),
                some.certificate(),
                some.key(),
                some.user(),
                some.password());
    }

    @Test
    void theRegisterOfTheConfigurationIsOpenedAndNotThroughANetworkInClear() {
        StandbySettings named = standby(settings(List.of(etcd.endpoint())));
        Register register = new OpenRegister(SECRETS).run(named, directory, false);
        assertThat(register.write("claim/a", Register.ABSENT, "x")).isPresent();
        assertThat(open().read("claim/a")).isPresent();
        StandbySettings far = standby(settings(List.of(URI.create("http://etcd1:2379"))));
        assertThatThrownBy(() -> new OpenRegister(SECRETS).run(far, directory, false))
                .isInstanceOf(Refused.class);
        new OpenRegister(SECRETS).run(far, directory, true);
        new OpenRegister(SECRETS).run(StandbySettings.DEFAULT, directory, false).write("claim/b", Register.ABSENT, "y");
        assertThat(directory.resolve("register")).isDirectory();
    }

    private static StandbySettings standby(EtcdSettings settings) {
        return new StandbySettings(
                true,
                Optional.of(new RegisterPlace.Etcd(settings)),
                Optional.empty(),
                StandbySettings.EVIDENCE,
                Optional.empty(),
                Map.of());
    }

    @Test
    void poolsOfOneEtcdDoNotSeeEachOther() {
        open().write("claim/a", Register.ABSENT, "mine");
        prefix = prefix.replace("/", "0/");
        assertThat(open().list("")).isEmpty();
    }

    @Test
    void aListOfMorePagesThanOneIsWhole() {
        for (int i = 0; i < 300; i++) {
            open().write("claim/%03d".formatted(i), Register.ABSENT, "of " + i);
        }
        assertThat(open().list("claim/"))
                .hasSize(300)
                .extracting(Register.Entry::key)
                .isSorted();
    }

    @Test
    void whatWasWrittenIsThereAfterTheServerWasKilled() throws Exception {
        long revision = open().write("claim/a", Register.ABSENT, "kept").orElseThrow();
        etcd.restart();
        assertThat(open().read("claim/a")).contains(new Register.Entry("claim/a", revision, "kept"));
    }

    @Test
    void aMemberThatIsGoneIsPassedOver() {
        URI gone = URI.create("http://127.0.0.1:1");
        Register register = open(List.of(gone, etcd.endpoint()));
        assertThat(register.write("claim/a", Register.ABSENT, "x")).isPresent();
        assertThat(register.read("claim/a")).isPresent();
        assertThatThrownBy(() -> open(List.of(gone)).read("claim/a"))
                .isInstanceOf(Temporary.class)
                .hasMessageContaining("127.0.0.1:1");
    }

    @Test
    void aWriteThatWasNotAnsweredIsNotSentAgain() throws Exception {
        try (EtcdServer mute = EtcdServer.start(directory.resolve("mute"))) {
            mute.stop();
            Register register = open(List.of(mute.endpoint(), etcd.endpoint()));
            assertThatThrownBy(() -> register.write("claim/a", Register.ABSENT, "x"))
                    .isInstanceOf(Temporary.class);
            assertThat(open().read("claim/a")).isEmpty();
            assertThat(register.read("claim/a")).as("a read is").isEmpty();
            mute.goOn();
        }
    }

    @Test
    void theLeadOfAProcessThatDiedIsFreeSoon() throws Exception {
        Duration lease = Duration.ofSeconds(2);
        Register.Term term = new EtcdRegister(settings(List.of(etcd.endpoint())), SECRETS, lease)
                .attemptLead("one")
                .term()
                .orElseThrow();
        // Renewed, it lasts for longer than its lease.
        Thread.sleep(5000);
        assertThat(term.lasts()).isTrue();
        assertThat(open().attemptLead("two").holder()).isEqualTo("one");
        etcd.stop();
        try {
            long begun = System.nanoTime();
            while (term.lasts()) {
                Thread.sleep(20);
            }
            assertThat(Duration.ofNanos(System.nanoTime() - begun))
                    .as("it ends here before it ends there")
                    .isLessThan(lease);
        } finally {
            etcd.goOn();
        }
        term.close();
        assertThat(open().attemptLead("two").term()).isPresent();
    }

    @Test
    void whoHasNoPasswordIsRefusedAndWhoHasOneIsNot() throws Exception {
        try (EtcdServer closed = EtcdServer.start(directory.resolve("closed"), "--auth-token=simple")) {
            post(closed, "auth/user/add", "{\"name\": \"root\", \"password\": \"toor\"}");
            post(closed, "auth/user/grant", "{\"user\": \"root\", \"role\": \"root\"}");
            post(closed, "auth/enable", "{}");
            Path password = secret("toor\n");
            Register register = new EtcdRegister(withPassword(closed, password), SECRETS);
            assertThat(register.write("claim/a", Register.ABSENT, "x")).isPresent();
            assertThat(register.read("claim/a")).isPresent();
            // Its tokens are gone with it.
            closed.restart();
            assertThat(register.read("claim/a")).isPresent();
            assertThatThrownBy(() -> new EtcdRegister(closed.settings(), SECRETS).read("claim/a"))
                    .isInstanceOf(Failed.class);
            assertThatThrownBy(() -> new EtcdRegister(withPassword(closed, secret("wrong")), SECRETS).read("claim/a"))
                    .isInstanceOf(Failed.class)
                    .hasMessageNotContaining("wrong'");
            Files.setPosixFilePermissions(password, PosixFilePermissions.fromString("rw-r--r--"));
            assertThatThrownBy(() -> new EtcdRegister(withPassword(closed, password), SECRETS))
                    .isInstanceOf(Refused.class);
        }
    }

    private Path secret(String text) throws IOException {
        Path file = Files.writeString(directory.resolve("password"), text);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    private static EtcdSettings withPassword(EtcdServer server, Path password) {
        return new EtcdSettings(
                List.of(server.endpoint()),
                EtcdSettings.PREFIX,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.of("root"),
                Optional.of(new KeyOrigin.File(password)));
    }

    private static void post(EtcdServer server, String what, String body) throws Exception {
        HttpResponse<String> response = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(server.endpoint().resolve("/v3/" + what))
                                .POST(HttpRequest.BodyPublishers.ofString(body))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).as(what + ": " + response.body()).isEqualTo(200);
    }

    @Test
    void whoShowsTheRightCertificateIsLetInAndNobodyElse() throws Exception {
        openssl(
                "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=ca");
        for (String name : List.of("server", "vfrt")) {
            openssl("req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout " + name + ".key -out " + name
                    + ".csr -subj /CN=" + name + " -addext subjectAltName=IP:127.0.0.1");
            Files.writeString(
                    directory.resolve("extensions"),
                    "subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n");
            openssl("x509 -req -in " + name
                    + ".csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile extensions -out " + name
                    + ".pem");
        }
        try (EtcdServer closed = EtcdServer.start(
                directory.resolve("tls"),
                "--cert-file=" + directory.resolve("server.pem"),
                "--key-file=" + directory.resolve("server.key"),
                "--trusted-ca-file=" + directory.resolve("ca.pem"),
                "--client-cert-auth=true")) {
            EtcdSettings right = withCertificate(closed, Optional.of("vfrt.pem"), Optional.of("ca.pem"));
            assertThat(new EtcdRegister(right, SECRETS).write("claim/a", Register.ABSENT, "x"))
                    .isPresent();
            assertThatThrownBy(() -> new EtcdRegister(
                                    withCertificate(closed, Optional.empty(), Optional.of("ca.pem")), SECRETS)
                            .read("claim/a"))
                    .isInstanceOf(Temporary.class);
            assertThatThrownBy(() -> new EtcdRegister(
                                    withCertificate(closed, Optional.of("vfrt.pem"), Optional.empty()), SECRETS)
                            .read("claim/a"))
                    .as("an etcd that nobody vouches for")
                    .isInstanceOf(Temporary.class);
            Files.writeString(directory.resolve("vfrt.key"), "no key");
            assertThatThrownBy(() -> new EtcdRegister(right, SECRETS)).isInstanceOf(BadInput.class);
        }
    }

    private EtcdSettings withCertificate(EtcdServer server, Optional<String> certificate, Optional<String> authorities)
            throws IOException {
        Files.setPosixFilePermissions(directory.resolve("vfrt.key"), PosixFilePermissions.fromString("rw-------"));
        return new EtcdSettings(
                List.of(server.endpoint()),
                EtcdSettings.PREFIX,
                authorities.map(directory::resolve),
                certificate.map(directory::resolve),
                certificate.map(name -> directory.resolve("vfrt.key")),
                Optional.empty(),
                Optional.empty());
    }

    private void openssl(String words) throws Exception {
        Process process = new ProcessBuilder(("openssl " + words).split(" ", -1))
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("openssl.log").toFile())
                .start();
        assertThat(process.waitFor())
                .as(Files.readString(directory.resolve("openssl.log")))
                .isZero();
    }
}
