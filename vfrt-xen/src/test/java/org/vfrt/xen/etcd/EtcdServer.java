package org.vfrt.xen.etcd;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.vfrt.core.config.EtcdSettings;

/** A real etcd of one member on loopback ports. */
final class EtcdServer implements AutoCloseable {

    private final Path directory;
    private final int port;
    private final int peerPort;
    private final List<String> more;
    private Process process;

    private EtcdServer(Path directory, int port, int peerPort, List<String> more) throws IOException {
        this.directory = directory;
        this.port = port;
        this.peerPort = peerPort;
        this.more = more;
        this.process = run();
    }

    /** In vfrt's own directory of test tools, or where Debian has it. */
    private static Optional<Path> program() {
        return Stream.of(Optional.ofNullable(System.getenv("VFRT_TEST_TOOLS")).orElse(""), "")
                .map(root -> Path.of(root + "/usr/bin/etcd"))
                .filter(Files::isExecutable)
                .findFirst();
    }

    static EtcdServer start(Path directory, String... more) throws IOException, InterruptedException {
        assumeTrue(program().isPresent(), "etcd-server is not on this machine");
        EtcdServer server = new EtcdServer(Files.createDirectories(directory), freePort(), freePort(), List.of(more));
        server.waitUntilReady();
        return server;
    }

    private static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }

    private boolean tls() {
        return more.stream().anyMatch(word -> word.startsWith("--cert-file"));
    }

    private Process run() throws IOException {
        List<String> argv = new ArrayList<>(List.of(
                program().orElseThrow().toString(),
                "--name=one",
                "--data-dir=" + directory.resolve("data"),
                "--listen-client-urls=" + endpoint(),
                "--advertise-client-urls=" + endpoint(),
                "--listen-peer-urls=http://127.0.0.1:" + peerPort,
                "--initial-advertise-peer-urls=http://127.0.0.1:" + peerPort,
                "--initial-cluster=one=http://127.0.0.1:" + peerPort));
        argv.addAll(more);
        return new ProcessBuilder(argv)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        directory.resolve("log").toFile()))
                .start();
    }

    private void waitUntilReady() throws IOException, InterruptedException {
        for (int look = 0; look < 600; look++) {
            if (Files.readString(directory.resolve("log")).contains("ready to serve client requests")) {
                return;
            }
            if (!process.isAlive()) {
                break;
            }
            Thread.sleep(50);
        }
        throw new IllegalStateException("etcd does not start: " + Files.readString(directory.resolve("log")));
    }

    URI endpoint() {
        return URI.create((tls() ? "https" : "http") + "://127.0.0.1:" + port);
    }

    EtcdSettings settings() {
        return settings(List.of(endpoint()));
    }

    static EtcdSettings settings(List<URI> endpoints) {
        return new EtcdSettings(
                endpoints,
                EtcdSettings.PREFIX,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    /** Has it do nothing until {@link #goOn}. */
    void stop() throws IOException, InterruptedException {
        signal("STOP");
    }

    void goOn() throws IOException, InterruptedException {
        signal("CONT");
    }

    private void signal(String name) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                .start()
                .waitFor();
    }

    /** Kills it, and starts it again on the same data and port. */
    void restart() throws IOException, InterruptedException {
        process.destroyForcibly().waitFor();
        Files.delete(directory.resolve("log"));
        process = run();
        waitUntilReady();
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
