package org.vfrt.xen.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Temporary;
import org.vfrt.core.pool.Host;
import org.vfrt.core.pool.HostUri;

/** The contract through a real sshd, and what only ssh can do. */
final class SshShellTest extends HostShellContract {

    @TempDir
    static Path keys;

    private static Sshd sshd;

    private HostShell shell;

    @BeforeAll
    static void startSshd() throws IOException, InterruptedException {
        sshd = Sshd.start(keys);
    }

    @AfterAll
    static void stopSshd() {
        if (sshd != null) {
            sshd.close();
        }
    }

    @BeforeEach
    void openTheShell() {
        shell = new SshShell(sshd.host(), 3);
    }

    @AfterEach
    void closeTheShell() {
        shell.close();
    }

    @Override
    HostShell shell() {
        return shell;
    }

    @Test
    void allCommandsShareOneConnectionThatEndsWithTheShell() throws InterruptedException {
        awaitThat(() -> sshd.connections() == 0);
        for (int i = 0; i < 5; i++) {
            assertThat(shell.run(List.of("true"), SHORT).ok()).isTrue();
        }
        assertThat(sshd.connections()).isEqualTo(1);

        shell.close();

        awaitThat(() -> sshd.connections() == 0);
    }

    @Test
    void anUnknownHostKeyIsRefused() {
        Host stranger =
                new Host("stranger", HostUri.parse(sshd.uri().replace("127.0.0.1", "localhost")), Optional.empty());
        try (HostShell other = new SshShell(stranger)) {
            assertThatThrownBy(() -> other.run(List.of("true"), SHORT))
                    .isInstanceOfSatisfying(
                            Failed.class, failed -> assertThat(failed.code()).isEqualTo("host-key"));
        }
    }

    @Test
    void aWrongKeyIsRefusedWithoutAQuestion() throws IOException {
        Path wrong = Files.writeString(directory.resolve("wrong"), "no key");
        Host host = new Host(
                "far", HostUri.parse(sshd.uri().replaceAll("keyfile=[^&]*", "keyfile=" + wrong)), Optional.empty());
        try (HostShell other = new SshShell(host)) {
            assertThatThrownBy(() -> other.run(List.of("true"), SHORT))
                    .isInstanceOfSatisfying(
                            Failed.class, failed -> assertThat(failed.code()).isEqualTo("auth-failed"));
        }
    }

    @Test
    void aHostThatIsDownIsATemporaryFailure() {
        Host host = new Host("down", HostUri.parse("xen+ssh://root@127.0.0.1:2/system"), Optional.empty());
        try (HostShell other = new SshShell(host)) {
            assertThatThrownBy(() -> other.run(List.of("true"), SHORT))
                    .isInstanceOf(Temporary.class)
                    .hasMessageContaining("Connection refused");
        }
    }

    @Test
    void aConnectionThatBreaksIsATemporaryFailureAndAFileIsNotTakenForWhole(@TempDir Path other) throws Exception {
        Path big = directory.resolve("big");
        try (var file = new java.io.RandomAccessFile(big.toFile(), "rw")) {
            file.setLength(200L << 20);
        }
        try (Sshd fragile = Sshd.start(other);
                HostShell through = new SshShell(fragile.host());
                InputStream file = through.open(big.toString())) {
            assertThat(file.readNBytes(1000)).hasSize(1000);
            CompletableFuture<Void> death = CompletableFuture.runAsync(fragile::die);

            assertThatThrownBy(() -> file.transferTo(java.io.OutputStream.nullOutputStream()))
                    .isInstanceOf(IOException.class);
            death.get(20, TimeUnit.SECONDS);
            assertThatThrownBy(() -> through.run(List.of("true"), SHORT)).isInstanceOf(Temporary.class);
        }
    }

    @Test
    void aRefusedTunnelIsSaid() {
        assertThatThrownBy(() -> shell.forwardSocketToHere("/nonexistent/x.sock", directory.resolve("x.sock")))
                .isInstanceOfSatisfying(
                        Failed.class, failed -> assertThat(failed.code()).isEqualTo("forward-refused"));
    }

    @Test
    void anOldSocketFileIsReplaced() throws Exception {
        Path remote = Files.writeString(directory.resolve("remote.sock"), "old");
        try (Tunnel tunnel = shell.forwardSocketToHere(remote.toString(), directory.resolve("none.sock"))) {
            assertThat(Files.isRegularFile(remote)).isFalse();
            assertThat(tunnel.address()).isEqualTo(remote.toString());
        }
    }

    @Test
    void aClosedTunnelTakesNoNewConnection() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Tunnel there = shell.forwardPortToHere(server.getLocalPort());
            Tunnel here = shell.forwardPortToHost(server.getLocalPort());
            there.close();
            here.close();
            assertThatThrownBy(() -> say("x", there.port())).isInstanceOf(ConnectException.class);
            assertThatThrownBy(() -> say("x", here.port())).isInstanceOf(ConnectException.class);
        }
    }

    @Test
    void whatFlowsThroughATunnelFlowsOnWhenTheShellIsClosed() throws Exception {
        awaitThat(() -> sshd.connections() == 0);
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Tunnel tunnel = shell.forwardPortToHere(server.getLocalPort());
            try (Socket entrance = new Socket(InetAddress.getLoopbackAddress(), tunnel.port());
                    Socket exit = server.accept()) {
                shell.close();
                TimeUnit.SECONDS.sleep(2);
                carries(entrance, exit);
            }
        }
        awaitThat(() -> sshd.connections() == 0);
    }

    @Test
    void whatFlowsThroughATunnelFlowsOnWhenTheProcessIsKilled() throws Exception {
        awaitThat(() -> sshd.connections() == 0);
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Process victim = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx64m",
                            "-cp",
                            System.getProperty("java.class.path"),
                            TunnelVictim.class.getName(),
                            sshd.uri(),
                            Integer.toString(server.getLocalPort()))
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            int port = Integer.parseInt(victim.inputReader().readLine());
            try (Socket entrance = new Socket(InetAddress.getLoopbackAddress(), port);
                    Socket exit = server.accept()) {
                carries(entrance, exit);

                victim.destroyForcibly();
                assertThat(victim.waitFor(20, TimeUnit.SECONDS)).isTrue();

                // Longer than an idle master lives.
                TimeUnit.SECONDS.sleep(6);
                carries(entrance, exit);
                assertThat(sshd.connections()).isEqualTo(1);
            }
        }
        awaitThat(() -> sshd.connections() == 0);
    }

    private static void carries(Socket entrance, Socket exit) throws IOException {
        exit.setSoTimeout(20_000);
        entrance.setSoTimeout(20_000);
        entrance.getOutputStream().write(42);
        assertThat(exit.getInputStream().read()).isEqualTo(42);
        exit.getOutputStream().write(43);
        assertThat(entrance.getInputStream().read()).isEqualTo(43);
    }

    private static void awaitThat(BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("waited 30 s").isLessThan(end);
            TimeUnit.MILLISECONDS.sleep(100);
        }
    }
}
