package org.vfrt.xen.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.TimedOut;

/** What every shell must do. */
abstract class HostShellContract {

    static final Duration SHORT = Duration.ofSeconds(20);

    @TempDir
    Path directory;

    abstract HostShell shell();

    @Test
    void everyArgumentArrivesAsItIs() {
        List<String> nasty = List.of(
                "",
                " ",
                "a b",
                "'",
                "''",
                "\"",
                "\\",
                "\\'",
                "$HOME",
                "$(id)",
                "`id`",
                ";id",
                "&",
                "|",
                ">x",
                "*",
                "?",
                "~",
                "#",
                "!",
                "-n",
                "--",
                "%s",
                "a\nb",
                "\n",
                "\t",
                "\r",
                "{a,b}",
                "[a]",
                "ä€😀",
                "'\\''",
                "=",
                "a=b",
                "\u0001\u007f");
        var argv = new java.util.ArrayList<>(List.of("sh", "-c", "printf '%s\\0' \"$@\"", "sh"));
        argv.addAll(nasty);

        String output = shell().run(argv, SHORT).output();

        assertThat(List.of(output.split("\0", -1)).subList(0, nasty.size())).isEqualTo(nasty);
    }

    @Test
    void anArgumentWithANulIsRefused() {
        assertThatThrownBy(() -> shell().run(List.of("echo", "a\0b"), SHORT))
                .isInstanceOfAny(IllegalArgumentException.class, Failed.class);
    }

    @Test
    void aFailingCommandIsAnAnswer() {
        HostShell.Result result =
                shell().run(List.of("sh", "-c", "echo out; echo one >&2; echo two >&2; exit 3"), SHORT);

        assertThat(result.ok()).isFalse();
        assertThat(result.exitCode()).isEqualTo(3);
        assertThat(result.output()).isEqualTo("out\n");
        assertThat(result.complaint()).isEqualTo("two");
    }

    @Test
    void inputReachesTheCommand() {
        byte[] bytes = new byte[300_000];
        new Random(7).nextBytes(bytes);

        assertThat(shell().run(List.of("wc", "-c"), new ByteArrayInputStream(bytes), SHORT)
                        .output()
                        .strip())
                .isEqualTo("300000");
        assertThat(shell().run(List.of("true"), new ByteArrayInputStream(bytes), SHORT)
                        .ok())
                .isTrue();
    }

    @Test
    void aCommandThatTakesTooLongIsKilled() throws InterruptedException {
        Path mark = directory.resolve("mark");
        assertThatThrownBy(() -> shell().run(
                                List.of("sh", "-c", "sleep 1.5; sleep 1.5; touch \"$1\"", "sh", mark.toString()),
                                Duration.ofSeconds(1)))
                .isInstanceOf(TimedOut.class);
    }

    @Test
    void aCommandThatWritesTooMuchIsKilled() {
        assertThatThrownBy(() -> shell().run(List.of("yes"), SHORT))
                .isInstanceOfSatisfying(
                        Failed.class, failed -> assertThat(failed.code()).isEqualTo("command-output"));
    }

    @Test
    void aStartedCommandHasPipes() throws IOException, InterruptedException {
        Process process = shell().start(List.of("cat"));
        process.getOutputStream().write("to and fro".getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().close();

        assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .isEqualTo("to and fro");
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aFileIsFetchedWhole() throws IOException {
        byte[] bytes = new byte[3_000_001];
        new Random(11).nextBytes(bytes);
        Path file = Files.write(directory.resolve("a 'file"), bytes);
        ByteArrayOutputStream to = new ByteArrayOutputStream();

        shell().fetch(file.toString(), to);

        assertThat(to.toByteArray()).isEqualTo(bytes);
    }

    @Test
    void aMissingFileIsNoEmptyFile() {
        assertThatThrownBy(() -> shell().fetch(directory.resolve("none").toString(), new ByteArrayOutputStream()))
                .isInstanceOf(Failed.class)
                .hasMessageContaining("No such file");
    }

    @Test
    void aFileThatShrinksUnderTheReaderIsNotTakenForWhole() throws IOException {
        try (InputStream directoryAsFile = shell().open(directory.toString())) {
            assertThatThrownBy(directoryAsFile::readAllBytes)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("directory");
        }
    }

    @Test
    void aStoredFileIsPrivate() throws IOException {
        Path file = directory.resolve("stored");

        shell().store(new ByteArrayInputStream(new byte[] {1, 2, 3}), file.toString(), SHORT);

        assertThat(file).hasBinaryContent(new byte[] {1, 2, 3});
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }

    @Test
    void nothingIsLeftOfAFileWhoseSourceBreaks() {
        Path file = directory.resolve("stored");
        InputStream breaking = new SequenceInputStream(new ByteArrayInputStream(new byte[10_000]), new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("broken");
            }

            @Override
            public int read(byte[] buffer, int offset, int length) throws IOException {
                return read();
            }
        });

        assertThatThrownBy(() -> shell().store(breaking, file.toString(), SHORT))
                .isInstanceOf(Failed.class);
        assertThat(file).doesNotExist();
    }

    @Test
    void aRunDirectoryIsPrivate() throws IOException {
        Path made = Path.of(shell().makeRunDirectory());
        try {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(made)))
                    .isEqualTo("rwx------");
        } finally {
            Files.delete(made);
        }
    }

    @Test
    void aSocketHereIsReachedFromTheHost() throws Exception {
        Path local = directory.resolve("local.sock");
        Path remote = directory.resolve("remote.sock");
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(local));
            CompletableFuture<String> heard = answerOnce(server);
            try (Tunnel tunnel = shell().forwardSocketToHere(remote.toString(), local)) {
                try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(tunnel.address()))) {
                    client.write(ByteBuffer.wrap("hello".getBytes(StandardCharsets.UTF_8)));
                    client.shutdownOutput();
                    ByteBuffer answer = ByteBuffer.allocate(16);
                    client.read(answer);
                    assertThat(new String(answer.array(), 0, answer.position(), StandardCharsets.UTF_8))
                            .isEqualTo("world");
                }
                assertThat(heard.get(20, TimeUnit.SECONDS)).isEqualTo("hello");
            }
            assertThat(remote).doesNotExist();
        }
    }

    @Test
    void aPortHereIsReachedFromTheHost() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            CompletableFuture<String> heard = hearOnce(server);
            try (Tunnel tunnel = shell().forwardPortToHere(server.getLocalPort())) {
                assertThat(tunnel.address()).isEqualTo("127.0.0.1:" + tunnel.port());
                say("hello", tunnel.port());
                assertThat(heard.get(20, TimeUnit.SECONDS)).isEqualTo("hello");
            }
        }
    }

    @Test
    void aPortOfTheHostIsReachedFromHere() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            CompletableFuture<String> heard = hearOnce(server);
            try (Tunnel tunnel = shell().forwardPortToHost(server.getLocalPort())) {
                say("hello", tunnel.port());
                assertThat(heard.get(20, TimeUnit.SECONDS)).isEqualTo("hello");
            }
        }
    }

    static void say(String words, int port) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.getOutputStream().write(words.getBytes(StandardCharsets.UTF_8));
        }
    }

    static CompletableFuture<String> hearOnce(ServerSocket server) {
        return CompletableFuture.supplyAsync(() -> {
            try (Socket socket = server.accept()) {
                return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    private static CompletableFuture<String> answerOnce(ServerSocketChannel server) {
        return CompletableFuture.supplyAsync(() -> {
            try (SocketChannel client = server.accept()) {
                ByteBuffer heard = ByteBuffer.allocate(16);
                while (client.read(heard) >= 0) {
                    // until the client has said everything
                }
                client.write(ByteBuffer.wrap("world".getBytes(StandardCharsets.UTF_8)));
                return new String(heard.array(), 0, heard.position(), StandardCharsets.UTF_8);
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
    }
}
