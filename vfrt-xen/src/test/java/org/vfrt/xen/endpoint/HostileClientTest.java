package org.vfrt.xen.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
final class HostileClientTest {

    private static final RpcLimits IMPATIENT =
            new RpcLimits(8, 4 << 20, Duration.ofMillis(500), Duration.ofSeconds(60));

    private Path socket;
    private CaptureEndpoint endpoint;

    @BeforeEach
    void open() throws IOException {
        socket = Run.socket();
        endpoint = CaptureEndpoint.open(socket, "tcp://192.0.2.7:1", cancelled -> "no", IMPATIENT);
    }

    @AfterEach
    void close() {
        endpoint.close();
    }

    /** A new client is served in full: the server has survived. */
    private void assertThatTheServerLives() throws Exception {
        assertThat(Run.within(Duration.ofSeconds(10), () -> {
                    try (RpcClient client = new RpcClient(socket)) {
                        client.open();
                        return !client.prepare(Map.of()).isError();
                    } catch (IOException e) {
                        return false; // the connections of the attack are still being counted
                    }
                }))
                .isTrue();
    }

    private static ByteBuffer header(int length, int procedure) {
        return ByteBuffer.allocate(28)
                .putInt(length)
                .putInt(MessageHeader.REMOTE_PROGRAM)
                .putInt(1)
                .putInt(procedure)
                .putInt(MessageHeader.CALL)
                .putInt(77)
                .putInt(0)
                .flip();
    }

    @ParameterizedTest
    @ValueSource(ints = {Integer.MAX_VALUE, Integer.MIN_VALUE, -1, 0, 27, (4 << 20) + 1})
    void aLengthOutsideOfTheLimitsIsAnsweredAndEndsTheConnection(int length) throws Exception {
        try (RpcClient client = new RpcClient(socket)) {
            client.sendRaw(header(length, Procedure.CONNECT_OPEN));
            RpcClient.Received reply = client.receive();
            assertThat(reply.isError()).isTrue();
            assertThat(reply.header().serial()).isEqualTo(77);
            assertThat(client.isClosedByServer()).isTrue();
        }
        assertThatTheServerLives();
    }

    @Test
    void lengthsInsideTheBodyAreComparedWithWhatIsThere() throws Exception {
        for (int length : new int[] {Integer.MAX_VALUE, -1, 65, 1 << 30}) {
            try (RpcClient client = new RpcClient(socket)) {
                RpcClient.Received reply =
                        client.call(Procedure.DOMAIN_MIGRATE_PREPARE3_PARAMS, new XdrWriter().int32(length));
                assertThat(reply.errorText()).contains("malformed");
                assertThat(client.isClosedByServer()).isTrue();
            }
        }
        assertThatTheServerLives();
    }

    @Test
    void aMessageThatStopsHalfWayIsNotWaitedForForEver() throws Exception {
        try (RpcClient client = new RpcClient(socket)) {
            client.sendRaw(header(1 << 20, Procedure.CONNECT_OPEN));
            assertThat(client.isClosedByServer()).isTrue();
        }
        try (RpcClient client = new RpcClient(socket)) {
            client.sendRaw(header(28, Procedure.CONNECT_OPEN).limit(9));
            assertThat(client.isClosedByServer()).isTrue();
        }
        assertThatTheServerLives();
    }

    @Test
    void aSilentClientIsNotCutOff() throws Exception {
        try (RpcClient client = new RpcClient(socket)) {
            client.open();
            Thread.sleep(1500); // three times the deadline of a message
            assertThat(client.prepare(Map.of()).isError()).isFalse();
        }
    }

    @Test
    void announcedBytesCostNothingUntilTheyCome() throws Exception {
        long before = usedBytes();
        List<RpcClient> clients = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            RpcClient client = new RpcClient(socket);
            clients.add(client);
            client.sendRaw(header(4 << 20, Procedure.CONNECT_OPEN));
        }
        Thread.sleep(200);
        assertThat(usedBytes() - before).isLessThan(8 << 20);
        for (RpcClient client : clients) {
            client.close();
        }
        assertThatTheServerLives();
    }

    @Test
    void tooManyConnectionsAreTurnedAwayAndThoseThereGoOn() throws Exception {
        List<RpcClient> clients = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            RpcClient client = new RpcClient(socket);
            client.open();
            clients.add(client);
        }
        try (RpcClient ninth = new RpcClient(socket)) {
            assertThat(ninth.isClosedByServer()).isTrue();
        }
        assertThat(clients.get(0).prepare(Map.of()).isError()).isFalse();
        for (RpcClient client : clients) {
            client.close();
        }
        assertThatTheServerLives();
    }

    @Test
    void otherProgramsGetAnErrorAndTheirEventsNone() throws Exception {
        try (RpcClient client = new RpcClient(socket)) {
            client.send(new MessageHeader(0x20008087, 1, 1, MessageHeader.EVENT, 0, 0), new byte[12]);
            client.send(new MessageHeader(0x20008087, 1, 1, MessageHeader.CALL, 5, 0), new byte[12]);
            RpcClient.Received reply = client.receive();
            assertThat(reply.header().serial()).isEqualTo(5);
            assertThat(reply.errorText()).contains("0x20008087");
            client.open();
        }
    }

    @Test
    void aCallWithFileDescriptorsIsRefusedAndEndsTheConnection() throws Exception {
        try (RpcClient client = new RpcClient(socket)) {
            client.send(
                    new MessageHeader(MessageHeader.REMOTE_PROGRAM, 1, 1, MessageHeader.CALL_WITH_FDS, 5, 0),
                    new byte[8]);
            assertThat(client.receive().isError()).isTrue();
            assertThat(client.isClosedByServer()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void garbageEndsAtMostItsOwnConnection(long seed) throws Exception {
        SplittableRandom random = new SplittableRandom(seed);
        for (int round = 0; round < 40; round++) {
            try (RpcClient client = new RpcClient(socket)) {
                byte[] body = new byte[random.nextInt(300)];
                random.nextBytes(body);
                for (int i = 0; i + 4 <= body.length; i += 4) {
                    if (random.nextInt(3) > 0) {
                        body[i] = 0; // small numbers reach deeper into the parser
                        body[i + 1] = 0;
                        body[i + 2] = 0;
                        body[i + 3] &= 15;
                    }
                }
                int procedure = random.nextBoolean()
                        ? random.nextInt(320)
                        : List.of(303, 306, 60, 273).get(random.nextInt(4));
                if (random.nextInt(4) == 0) {
                    client.sendRaw(ByteBuffer.wrap(body));
                } else {
                    client.sendRaw(header(28 + body.length, procedure));
                    client.sendRaw(ByteBuffer.wrap(body));
                }
            } catch (IOException e) {
                // turned away, or cut off: both are fine
            }
        }
        assertThatTheServerLives();
    }

    @Test
    void aSocketThatNobodyComesToGoesAway() throws Exception {
        Path lonely = Run.socket();
        try (CaptureEndpoint unused = CaptureEndpoint.open(
                lonely,
                "tcp://192.0.2.7:1",
                cancelled -> "no",
                new RpcLimits(8, 4 << 20, Duration.ofSeconds(1), Duration.ofMillis(300)))) {
            assertThat(Run.within(Duration.ofSeconds(10), () -> !lonely.toFile().exists()))
                    .isTrue();
            assertThat(unused.finishState()).isEqualTo(new FinishState.NotReached());
        }
    }

    private static long usedBytes() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}
