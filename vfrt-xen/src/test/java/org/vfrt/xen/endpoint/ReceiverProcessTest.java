package org.vfrt.xen.endpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.vfrt.core.failure.Failed;

@Timeout(120)
final class ReceiverProcessTest {

    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

    private static ReceiverSettings settings(
            int bufferBytes, Duration accept, Duration idle, Duration stall, Optional<InetAddress> peer) {
        return new ReceiverSettings(LOOPBACK, 0, peer, bufferBytes, accept, idle, stall);
    }

    private static ReceiverSettings small() {
        return settings(
                1 << 20, Duration.ofSeconds(20), Duration.ofSeconds(20), Duration.ofSeconds(20), Optional.empty());
    }

    private static byte[] noise(int bytes) {
        byte[] noise = new byte[bytes];
        new SplittableRandom(7).nextBytes(noise);
        return noise;
    }

    private static boolean gone(long pid) {
        return ProcessHandle.of(pid).map(process -> !process.isAlive()).orElse(true);
    }

    @Test
    void theImageArrivesWholeAndEnds() throws Exception {
        byte[] image = noise(5_000_001);
        try (ReceiverProcess receiver = ReceiverProcess.start(small());
                Socket source = new Socket(LOOPBACK, receiver.port())) {
            Thread sender = new Thread(() -> sendAndClose(source, image));
            sender.start();
            assertThat(receiver.image().bytes().readAllBytes()).isEqualTo(image);
            assertThat(receiver.image().bytes().read()).isEqualTo(-1);
            sender.join();
            assertThat(Run.within(Duration.ofSeconds(10), () -> gone(receiver.pid())))
                    .isTrue();
        }
    }

    @Test
    void arrivalTimesAreOfTheSameClockAndOfTheMomentOfArrival() throws Exception {
        try (ReceiverProcess receiver = ReceiverProcess.start(small());
                Socket source = new Socket(LOOPBACK, receiver.port())) {
            OutputStream out = source.getOutputStream();
            InputStream in = receiver.image().bytes();
            long before = System.nanoTime();
            out.write(1);
            assertThat(in.read()).isEqualTo(1);
            long first = receiver.image().arrivalNanos();
            assertThat(first).isBetween(before, System.nanoTime());

            Thread.sleep(300);
            long beforeSecond = System.nanoTime();
            out.write(2);
            Thread.sleep(500); // the reader lags behind; the time must be that of the arrival all the same
            long lagging = System.nanoTime();
            assertThat(in.read()).isEqualTo(2);
            assertThat(receiver.image().arrivalNanos())
                    .isBetween(beforeSecond, lagging - TimeUnit.MILLISECONDS.toNanos(100));
        }
    }

    @Test
    void whenVfrtDiesTheSourceStillGetsRidOfEverything() throws Exception {
        ReceiverProcess receiver = ReceiverProcess.start(small());
        byte[] image = noise(40 << 20);
        try (Socket source = new Socket(LOOPBACK, receiver.port())) {
            OutputStream out = source.getOutputStream();
            out.write(image, 0, 1 << 20);
            assertThat(receiver.image().bytes().readNBytes(1 << 20)).hasSize(1 << 20);
            receiver.close(); // all that is left of vfrt after a kill: closed pipes
            assertThat(gone(receiver.pid())).isFalse();
            out.write(image); // a reset would throw here
            source.shutdownOutput();
            assertThat(source.getInputStream().read()).isEqualTo(-1);
        }
        assertThat(Run.within(Duration.ofSeconds(10), () -> gone(receiver.pid())))
                .isTrue();
    }

    @Test
    void aVfrtThatIsKilledInMidStreamDoesNotHurtTheSource() throws Exception {
        Process vfrt = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        DoomedVfrt.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader said = vfrt.inputReader(StandardCharsets.UTF_8)) {
            int port = Integer.parseInt(String.valueOf(said.readLine()));
            long receiver = Long.parseLong(String.valueOf(said.readLine()));
            byte[] image = noise(40 << 20);
            try (Socket source = new Socket(LOOPBACK, port)) {
                OutputStream out = source.getOutputStream();
                out.write(image, 0, 1 << 20);
                assertThat(said.readLine()).isEqualTo("reading");
                assertThat(vfrt.destroyForcibly().waitFor(10, TimeUnit.SECONDS)).isTrue();
                out.write(image); // a reset would throw here
                source.shutdownOutput();
                assertThat(source.getInputStream().read()).isEqualTo(-1);
            }
            assertThat(Run.within(Duration.ofSeconds(10), () -> gone(receiver))).isTrue();
        } finally {
            vfrt.destroyForcibly();
        }
    }

    @Test
    void signalsToVfrtsGroupAndServiceDoNotReachIt() throws Exception {
        try (ReceiverProcess receiver = ReceiverProcess.start(small());
                Socket source = new Socket(LOOPBACK, receiver.port())) {
            OutputStream out = source.getOutputStream();
            out.write(1);
            assertThat(receiver.image().bytes().read()).isEqualTo(1);
            for (String signal : new String[] {"INT", "HUP", "QUIT", "TERM"}) {
                new ProcessBuilder("kill", "-" + signal, Long.toString(receiver.pid()))
                        .start()
                        .waitFor();
            }
            Thread.sleep(300);
            out.write(2);
            assertThat(receiver.image().bytes().read()).isEqualTo(2);
            source.shutdownOutput();
            assertThat(receiver.image().bytes().read()).isEqualTo(-1);
        }
    }

    @Test
    void aBrokenConnectionIsNotTakenForAnEnd() throws Exception {
        try (ReceiverProcess receiver = ReceiverProcess.start(small())) {
            Socket source = new Socket(LOOPBACK, receiver.port());
            source.getOutputStream().write(1);
            assertThat(receiver.image().bytes().read()).isEqualTo(1);
            source.setSoLinger(true, 0); // a reset
            source.close();
            assertThatThrownBy(() -> receiver.image().bytes().read())
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("connection broke");
            assertThatThrownBy(() -> receiver.image().bytes().read()).isInstanceOf(IOException.class);
            assertThat(receiver.drain()).isFalse();
        }
    }

    @Test
    void aKilledReceiverIsNotTakenForAnEnd() throws Exception {
        try (ReceiverProcess receiver = ReceiverProcess.start(small());
                Socket source = new Socket(LOOPBACK, receiver.port())) {
            source.getOutputStream().write(1);
            assertThat(receiver.image().bytes().read()).isEqualTo(1);
            assertThat(ProcessHandle.of(receiver.pid()).orElseThrow().destroyForcibly())
                    .isTrue();
            assertThatThrownBy(() -> receiver.image().bytes().read())
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("without a word");
        }
    }

    @Test
    void aSlowStoreGetsEveryByte() throws Exception {
        byte[] image = noise(4 << 20); // four times the buffer
        try (ReceiverProcess receiver = ReceiverProcess.start(small());
                Socket source = new Socket(LOOPBACK, receiver.port())) {
            Thread sender = new Thread(() -> sendAndClose(source, image));
            sender.start();
            Thread.sleep(1500);
            assertThat(receiver.image().bytes().readAllBytes()).isEqualTo(image);
            sender.join();
        }
    }

    @Test
    void aStoreThatTakesNothingLosesTheImageAndNotTheGuest() throws Exception {
        byte[] image = noise(16 << 20);
        ReceiverSettings impatient = settings(
                1 << 20, Duration.ofSeconds(20), Duration.ofSeconds(20), Duration.ofMillis(500), Optional.empty());
        try (ReceiverProcess receiver = ReceiverProcess.start(impatient);
                Socket source = new Socket(LOOPBACK, receiver.port())) {
            source.getOutputStream().write(image); // returns only because the rest is thrown away
            source.shutdownOutput();
            assertThatThrownBy(() -> receiver.image().bytes().readAllBytes())
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("too slowly");
        }
    }

    @Test
    void theFirstConnectionIsTheOnlyOne() throws Exception {
        try (ReceiverProcess receiver = ReceiverProcess.start(small());
                Socket source = new Socket(LOOPBACK, receiver.port())) {
            source.getOutputStream().write(1);
            assertThat(receiver.image().bytes().read()).isEqualTo(1);
            for (int more = 0; more < 3; more++) {
                try (Socket second = new Socket(LOOPBACK, receiver.port())) {
                    second.setSoTimeout(20_000);
                    assertThat(second.getInputStream().read()).isEqualTo(-1);
                }
            }
            source.getOutputStream().write(2);
            assertThat(receiver.image().bytes().read()).isEqualTo(2);
            assertThat(complaints(receiver)).contains("refused a second connection, from /127.0.0.1");
        }
    }

    /** What it says comes through a pipe of its own, and may come after what it does. */
    private static String complaints(ReceiverProcess receiver) throws InterruptedException {
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (receiver.complaints().isEmpty() && System.nanoTime() < deadline) {
            Thread.sleep(20);
        }
        return receiver.complaints();
    }

    @Test
    void anotherPeerIsTurnedAwayAndTheRightOneStillComesIn() throws Exception {
        InetAddress expected = InetAddress.getByName("127.0.0.2");
        ReceiverSettings picky = settings(
                1 << 20, Duration.ofSeconds(20), Duration.ofSeconds(20), Duration.ofSeconds(20), Optional.of(expected));
        try (ReceiverProcess receiver = ReceiverProcess.start(picky)) {
            try (Socket stranger = new Socket(LOOPBACK, receiver.port())) {
                assertThat(stranger.getInputStream().read()).isEqualTo(-1);
            }
            try (Socket source = new Socket(LOOPBACK, receiver.port(), expected, 0)) {
                source.getOutputStream().write(9);
                assertThat(receiver.image().bytes().read()).isEqualTo(9);
            }
        }
    }

    @Test
    void withoutAConnectionItEndsByItselfOrWhenLetGo() throws Exception {
        ReceiverSettings hasty = settings(
                1 << 20, Duration.ofMillis(300), Duration.ofSeconds(20), Duration.ofSeconds(20), Optional.empty());
        try (ReceiverProcess receiver = ReceiverProcess.start(hasty)) {
            assertThatThrownBy(() -> receiver.image().bytes().read()).hasMessageContaining("did not connect");
            assertThat(Run.within(Duration.ofSeconds(10), () -> gone(receiver.pid())))
                    .isTrue();
        }
        ReceiverProcess letGo = ReceiverProcess.start(small());
        letGo.close();
        assertThat(Run.within(Duration.ofSeconds(10), () -> gone(letGo.pid()))).isTrue();
    }

    @Test
    void aSourceThatFallsSilentIsGivenUp() throws Exception {
        ReceiverSettings hasty = settings(
                1 << 20, Duration.ofSeconds(20), Duration.ofMillis(500), Duration.ofSeconds(20), Optional.empty());
        try (ReceiverProcess receiver = ReceiverProcess.start(hasty);
                Socket source = new Socket(LOOPBACK, receiver.port())) {
            source.getOutputStream().write(1);
            assertThat(receiver.image().bytes().read()).isEqualTo(1);
            assertThatThrownBy(() -> receiver.image().bytes().read()).hasMessageContaining("no byte came");
        }
    }

    @Test
    void aTakenPortIsAFailureWithItsCause() throws Exception {
        try (ReceiverProcess first = ReceiverProcess.start(small())) {
            ReceiverSettings same = small().on(LOOPBACK, first.port(), Optional.empty());
            assertThatThrownBy(() -> ReceiverProcess.start(same))
                    .isInstanceOf(Failed.class)
                    .hasMessageContaining("Address already in use");
        }
    }

    @Test
    void itRunsInASessionOfItsOwn() throws Exception {
        try (ReceiverProcess receiver = ReceiverProcess.start(small())) {
            String stat = Files.readString(Path.of("/proc/" + receiver.pid() + "/stat"));
            String[] words = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            assertThat(words[3]).as("session").isEqualTo(Long.toString(receiver.pid()));
        }
    }

    private static void sendAndClose(Socket source, byte[] image) {
        try (source) {
            source.getOutputStream().write(image);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
