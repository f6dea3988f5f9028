package org.vfrt.xen.endpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.libvirt.Connect;
import org.libvirt.Domain;
import org.libvirt.LibvirtException;
import org.libvirt.TypedParameter;
import org.libvirt.TypedStringParameter;

/** libvirt's own client library talks to both endpoints: the whole protocol of a migration, without a Xen anywhere. */
@Timeout(120)
final class LibvirtClientTest {

    private static final String NAME = "web1";
    private static final UUID ID = UUID.fromString("11223344-5566-7788-99aa-bbccddeeff00");
    private static final String XML = "<domain type='xen'><name>web1</name><uuid>" + ID + "</uuid></domain>";
    private static final int MIGRATE_LIVE = 1;

    @BeforeAll
    static void needsTheNativeLibrary() {
        boolean present;
        try {
            Connect.setErrorCallback(null);
            present = true;
        } catch (UnsatisfiedLinkError | NoClassDefFoundError e) {
            present = false;
        } catch (LibvirtException e) {
            present = false;
        }
        assumeTrue(present, "libvirt's client library is not installed");
    }

    private static String uri(Path socket) {
        return "xen+unix:///system?socket=" + socket;
    }

    /** What came through the receiver, as it is known when its end was read. */
    private static final class Store {

        private final ReceiverProcess receiver = ReceiverProcess.start(ReceiverSettings.loopback());
        private final CompletableFuture<String> digest = new CompletableFuture<>();

        void receive() {
            Thread reader = new Thread(() -> {
                try {
                    MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
                    byte[] piece = new byte[64 << 10];
                    int bytes = receiver.image().bytes().read(piece);
                    while (bytes >= 0) {
                        sha256.update(piece, 0, bytes);
                        bytes = receiver.image().bytes().read(piece);
                    }
                    digest.complete(HexFormat.of().formatHex(sha256.digest()));
                } catch (Exception e) {
                    digest.completeExceptionally(e);
                }
            });
            reader.start();
        }

        /** Holds Finish as a capture does: until the stream's own end was read. */
        String finish(boolean cancelled) {
            try {
                return "cancelled " + cancelled + ", digest " + digest.get(30, TimeUnit.SECONDS);
            } catch (InterruptedException | ExecutionException | TimeoutException e) {
                return "no image: " + e;
            }
        }
    }

    private static byte[] image() {
        byte[] image = new byte[12_345_679];
        new SplittableRandom(42).nextBytes(image);
        return image;
    }

    private static void send(byte[] image, String migrateUri) throws IOException {
        URI target = URI.create(migrateUri);
        try (Socket socket = new Socket(target.getHost(), target.getPort())) {
            OutputStream out = socket.getOutputStream();
            out.write(image);
            socket.shutdownOutput();
        }
    }

    @Test
    void aGuestMigratesOutOfTheStoreIntoTheStoreAndIsCalledOffAtTheLastStep() throws Exception {
        byte[] image = image();
        Path from = Run.socket();
        Path to = Run.socket();
        Store store = new Store();
        store.receive();
        String dataUri = "tcp://127.0.0.1:" + store.receiver.port();
        try (RestoreEndpoint source = RestoreEndpoint.open(from, NAME, ID, XML, target -> send(image, target));
                CaptureEndpoint destination = CaptureEndpoint.open(to, "tcp://192.0.2.1:1", store::finish)) {
            Connect sourceHost = new Connect(uri(from));
            Connect destinationHost = new Connect(uri(to));
            Domain guest = sourceHost.domainLookupByName(NAME);
            TypedParameter[] params = {new TypedStringParameter("migrate_uri", dataUri)};

            String digest = HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(image));
            assertThatThrownBy(() -> guest.migrate(destinationHost, params, MIGRATE_LIVE))
                    .isInstanceOf(LibvirtException.class)
                    .hasMessageContaining("cancelled false, digest " + digest);

            assertThat(destination.prepared().orElseThrow().definition()).contains(XML);
            assertThat(destination.prepared().orElseThrow().flags()).isEqualTo(MIGRATE_LIVE);
            assertThat(destination.awaitAnswered(Duration.ofSeconds(10)))
                    .isEqualTo(new FinishState.Answered(false, true));
            assertThat(source.state()).isEqualTo(RestoreState.CANCELLED);
            assertThat(guest.free()).isZero();
            assertThat(sourceHost.close()).isZero();
            assertThat(destinationHost.close()).isZero();
        }
        store.receiver.close();
    }

    @Test
    void aSourceThatCannotSendReachesFinishAsCancelled() throws Exception {
        Path from = Run.socket();
        Path to = Run.socket();
        AtomicReference<Boolean> cancelled = new AtomicReference<>(false);
        try (RestoreEndpoint source = RestoreEndpoint.open(from, NAME, ID, XML, target -> {
                    throw new IOException("no route");
                });
                CaptureEndpoint destination = CaptureEndpoint.open(to, "tcp://192.0.2.1:1", value -> {
                    cancelled.set(value);
                    return "discarded";
                })) {
            Connect sourceHost = new Connect(uri(from));
            Connect destinationHost = new Connect(uri(to));
            Domain guest = sourceHost.domainLookupByUUIDString(ID.toString());
            TypedParameter[] params = {new TypedStringParameter("destination_name", NAME)};
            assertThatThrownBy(() -> guest.migrate(destinationHost, params, MIGRATE_LIVE))
                    .hasMessageContaining("no route");
            assertThat(cancelled.get()).isTrue();
            assertThat(destination.awaitAnswered(Duration.ofSeconds(10)))
                    .isEqualTo(new FinishState.Answered(true, true));
            assertThat(source.state()).isIn(RestoreState.SEND_FAILED, RestoreState.CANCELLED);
            assertThat(guest.free()).isZero();
            assertThat(sourceHost.close()).isZero();
            assertThat(destinationHost.close()).isZero();
        }
    }

    @Test
    void virshGetsAnAnswerToWhateverItAsks() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/virsh")), "virsh is not installed");
        Path from = Run.socket();
        Path to = Run.socket();
        try (RestoreEndpoint source = RestoreEndpoint.open(from, NAME, ID, XML, target -> {});
                CaptureEndpoint destination = CaptureEndpoint.open(to, "tcp://192.0.2.1:1", value -> "no")) {
            assertThat(virsh(to, "uri")).contains("xen+unix:///system").startsWith("0");
            assertThat(virsh(to, "hostname")).contains("vfrt-store").startsWith("0");
            assertThat(virsh(to, "version")).contains("does not support this function (libvirt procedure 4)");
            assertThat(virsh(to, "list", "--all")).startsWith("0").doesNotContain(NAME);
            assertThat(virsh(to, "nodeinfo")).startsWith("1").contains("procedure 6)");
            assertThat(virsh(from, "list", "--all")).startsWith("0").contains(NAME, "running");
            assertThat(virsh(from, "domstate", NAME)).startsWith("0").contains("running");
            assertThat(virsh(from, "domuuid", NAME)).contains(ID.toString());
            assertThat(virsh(from, "dominfo", "other")).startsWith("1").contains("failed to get domain 'other'");
            assertThat(virsh(from, "destroy", NAME)).startsWith("1").contains("does not support");
            assertThat(virsh(from, "migrate", "--live", "--p2p", NAME, uri(to))).startsWith("1");
            assertThat(source.state()).isEqualTo(RestoreState.WAITING);
            assertThat(destination.prepared()).isEmpty();
        }
    }

    @Test
    void virshMigratesOutOfTheStore() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/virsh")), "virsh is not installed");
        byte[] image = image();
        Path from = Run.socket();
        Path to = Run.socket();
        Store store = new Store();
        store.receive();
        try (RestoreEndpoint source = RestoreEndpoint.open(from, NAME, ID, XML, target -> send(image, target));
                CaptureEndpoint destination =
                        CaptureEndpoint.open(to, "tcp://127.0.0.1:" + store.receiver.port(), store::finish)) {
            String said = virsh(from, "migrate", "--live", "--verbose", NAME, uri(to));
            assertThat(said).startsWith("1").contains("cancelled false, digest ");
            assertThat(destination.prepared().orElseThrow().definition()).contains(XML);
            assertThat(source.state()).isEqualTo(RestoreState.CANCELLED);
        }
        store.receiver.close();
    }

    /** Returns the exit code, then everything virsh said. */
    private static String virsh(Path socket, String... words) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("virsh", "-c", uri(socket)));
        command.addAll(Arrays.asList(words));
        Path said = Files.createTempFile("virsh", ".out");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(said.toFile());
        builder.environment().put("LC_ALL", "C");
        Process process = builder.start();
        if (!process.waitFor(Duration.ofSeconds(30).toSeconds(), TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("virsh hangs: " + command + ": " + Files.readString(said));
        }
        String text = Files.readString(said, StandardCharsets.UTF_8);
        Files.delete(said);
        return process.exitValue() + " " + text;
    }
}
