package org.vfrt.xen.migrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.vfrt.core.checkpoint.Progress;
import org.vfrt.core.image.SyntheticStream;

@Timeout(60)
final class StreamRelayTest {

    private static final SyntheticStream GUEST =
            SyntheticStream.of(SyntheticStream.Kind.PVH, 512).live(3);

    private final AtomicLong told = new AtomicLong();
    private final Progress progress = (phase, bytes, total) -> told.set(bytes);
    private final StreamRelay relay = StreamRelay.listen(GUEST.memoryBytes(), progress);
    private ServerSocket target = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    private Socket source = new Socket();

    StreamRelayTest() throws IOException {}

    @BeforeEach
    void begin() throws IOException {
        relay.towards(target.getLocalPort());
        source = new Socket(InetAddress.getLoopbackAddress(), relay.port());
        source.setSoTimeout(30_000);
    }

    @AfterEach
    void end() throws IOException {
        relay.close();
        source.close();
        target.close();
    }

    private CompletableFuture<byte[]> received() {
        return CompletableFuture.supplyAsync(() -> {
            try (Socket from = target.accept()) {
                return from.getInputStream().readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private void send(byte[] bytes) throws IOException {
        source.getOutputStream().write(bytes);
        source.shutdownOutput();
    }

    @Test
    void everyByteGoesOnUnchangedAndTheRoundsAreSeen() throws Exception {
        CompletableFuture<byte[]> received = received();
        send(GUEST.bytes());
        assertThat(received.get(30, TimeUnit.SECONDS)).isEqualTo(GUEST.bytes());
        RoundTimes.Seen seen = relay.seen().orElseThrow();
        assertThat(seen.transfer().sentBytes()).isEqualTo(GUEST.bytes().length);
        assertThat(seen.transfer().lastRoundBytes())
                .isEqualTo(GUEST.bytes().length - GUEST.roundOffsets().get(2));
        assertThat(told).hasValue(GUEST.bytes().length);
        assertThat(source.getInputStream().read()).isEqualTo(-1);
    }

    @Test
    void whatComesBehindTheStreamGoesOnToo() throws Exception {
        CompletableFuture<byte[]> received = received();
        byte[] more = Arrays.copyOf(GUEST.bytes(), GUEST.bytes().length + 1000);
        send(more);
        assertThat(received.get(30, TimeUnit.SECONDS)).isEqualTo(more);
    }

    @Test
    void aStreamThatVfrtDoesNotKnowGoesOnUnchangedAndNothingIsSaidOfIt() throws Exception {
        CompletableFuture<byte[]> received = received();
        byte[] odd = GUEST.bytes();
        new SplittableRandom(7).nextBytes(odd);
        send(odd);
        assertThat(received.get(30, TimeUnit.SECONDS)).isEqualTo(odd);
        assertThat(relay.seen()).isEmpty();
    }

    @Test
    void aStreamThatTurnsOddInTheMiddleGoesOnUnchanged() throws Exception {
        CompletableFuture<byte[]> received = received();
        byte[] odd = GUEST.bytes();
        Arrays.fill(odd, GUEST.roundOffsets().get(1).intValue(), odd.length, (byte) 0x5a);
        send(odd);
        assertThat(received.get(30, TimeUnit.SECONDS)).isEqualTo(odd);
        assertThat(relay.seen()).isEmpty();
    }

    @Test
    void aSourceThatEndsInTheMiddleIsTheEndForTheTargetToo() throws Exception {
        CompletableFuture<byte[]> received = received();
        byte[] half = Arrays.copyOf(GUEST.bytes(), GUEST.bytes().length / 2);
        source.getOutputStream().write(half);
        source.close();
        assertThat(received.get(30, TimeUnit.SECONDS)).isEqualTo(half);
        assertThat(relay.seen()).isEmpty();
    }

    @Test
    void aTargetThatEndsInTheMiddleIsTheEndForTheSourceToo() throws Exception {
        CompletableFuture<byte[]> received = CompletableFuture.supplyAsync(() -> {
            try (Socket from = target.accept()) {
                return from.getInputStream().readNBytes(1000);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        assertThatThrownBy(() -> {
                    while (true) {
                        source.getOutputStream().write(GUEST.bytes());
                    }
                })
                .isInstanceOf(IOException.class);
        assertThat(received.get(30, TimeUnit.SECONDS)).hasSize(1000);
        assertThat(relay.seen()).isEmpty();
    }

    @Test
    void aTargetThatIsNotThereIsTheEndForTheSource() throws Exception {
        target.close();
        assertThatThrownBy(() -> {
                    while (true) {
                        source.getOutputStream().write(GUEST.bytes());
                    }
                })
                .isInstanceOf(IOException.class);
        assertThat(relay.seen()).isEmpty();
    }

    @Test
    void onlyOneConnectionIsTaken() throws Exception {
        CompletableFuture<byte[]> received = received();
        source.getOutputStream().write(GUEST.bytes(), 0, 1000);
        while (told.get() < 1000) {
            Thread.sleep(10);
        }
        assertThatThrownBy(() -> new Socket(InetAddress.getLoopbackAddress(), relay.port()))
                .isInstanceOf(ConnectException.class);
        source.close();
        assertThat(received.get(30, TimeUnit.SECONDS)).hasSize(1000);
    }

    @Test
    void closingItEndsBothSides() throws Exception {
        CompletableFuture<byte[]> received = received();
        source.getOutputStream().write(GUEST.bytes(), 0, 1000);
        while (told.get() < 1000) {
            Thread.sleep(10);
        }
        relay.close();
        assertThat(received.get(30, TimeUnit.SECONDS)).hasSize(1000);
        assertThat(source.getInputStream().read()).isEqualTo(-1);
    }
}
