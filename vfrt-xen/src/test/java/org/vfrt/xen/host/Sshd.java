package org.vfrt.xen.host;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.vfrt.core.pool.Host;
import org.vfrt.core.pool.HostUri;

/** A private sshd on a loopback port, with keys of its own, for the user who runs the tests. */
final class Sshd implements AutoCloseable {

    /** Unpacked by {@code scripts/test}, or the one of this machine. */
    private static final Path PROGRAM = Path.of(System.getenv().getOrDefault("VFRT_TEST_TOOLS", "/"), "usr/sbin/sshd");

    private final Path directory;
    private final int port;
    private final Process process;

    private Sshd(Path directory, int port, Process process) {
        this.directory = directory;
        this.port = port;
        this.process = process;
    }

    static Sshd start(Path directory) throws IOException, InterruptedException {
        Assumptions.assumeTrue(Files.isExecutable(PROGRAM), "openssh-server is not installed");
        String user = System.getProperty("user.name");
        if (user.equals("root")) {
            Files.createDirectories(Path.of("/run/sshd"));
        }
        run(
                "ssh-keygen",
                "-q",
                "-t",
                "ed25519",
                "-N",
                "",
                "-f",
                directory.resolve("hostkey").toString());
        run(
                "ssh-keygen",
                "-q",
                "-t",
                "ed25519",
                "-N",
                "",
                "-f",
                directory.resolve("key").toString());
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        String hostKey = Files.readString(directory.resolve("hostkey.pub")).strip();
        Files.writeString(directory.resolve("known_hosts"), "[127.0.0.1]:" + port + " " + hostKey + "\n");
        Files.writeString(directory.resolve("sshd_config"), """
                Port %d
                ListenAddress 127.0.0.1
                HostKey %s/hostkey
                AuthorizedKeysFile %s/key.pub
                PasswordAuthentication no
                KbdInteractiveAuthentication no
                UsePAM no
                StrictModes no
                PidFile none
                PrintMotd no
                MaxSessions 50
                """.formatted(port, directory, directory));
        // The user's own ssh configuration and known hosts must neither help nor hinder.
        Path client = directory.resolve("ssh");
        Files.writeString(
                client,
                "#!/bin/sh\nexec ssh -F none -o UserKnownHostsFile=" + directory
                        + "/known_hosts -o GlobalKnownHostsFile=/dev/null -o IdentitiesOnly=yes \"$@\"\n");
        if (!client.toFile().setExecutable(true)) {
            throw new IOException("cannot make '" + client + "' executable");
        }
        Process process = new ProcessBuilder(
                        PROGRAM.toString(),
                        "-D",
                        "-e",
                        "-f",
                        directory.resolve("sshd_config").toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("sshd.log").toFile())
                .start();
        Sshd sshd = new Sshd(directory, port, process);
        sshd.await();
        return sshd;
    }

    /** Returns the URI of a host behind this sshd. */
    String uri() {
        return "xen+ssh://" + System.getProperty("user.name") + "@127.0.0.1:" + port + "/system?keyfile="
                + directory.resolve("key") + "&command=" + directory.resolve("ssh");
    }

    Host host() {
        return new Host("far", HostUri.parse(uri()), Optional.empty());
    }

    /** Breaks every connection and takes no new one. */
    void die() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }

    /** Counts the connections of this sshd. */
    long connections() {
        return process.children().count();
    }

    private void await() throws InterruptedException, IOException {
        for (int i = 0; i < 100; i++) {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                if (socket.isConnected()) {
                    return;
                }
            } catch (IOException e) {
                TimeUnit.MILLISECONDS.sleep(50);
            }
        }
        throw new IOException("sshd did not start: " + Files.readString(directory.resolve("sshd.log")));
    }

    private static void run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(List.of(command)).inheritIO().start();
        if (!process.waitFor(30, TimeUnit.SECONDS) || process.exitValue() != 0) {
            throw new IOException(command[0] + " failed");
        }
    }

    @Override
    public void close() {
        die();
    }
}
