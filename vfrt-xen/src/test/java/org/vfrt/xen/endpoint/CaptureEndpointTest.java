package org.vfrt.xen.endpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Refused;

@Timeout(60)
final class CaptureEndpointTest {

    private static final String DATA_URI = "tcp://192.0.2.7:4711";
    private static final String XML = "<domain type='xen'><name>wéb1</name></domain>";
    private static final Duration SOON = Duration.ofSeconds(10);

    @Test
    void aWholeCaptureHandsOverTheDefinitionAndIsCalledOff() throws Exception {
        Path socket = Run.socket();
        try (CaptureEndpoint endpoint = CaptureEndpoint.open(socket, DATA_URI, cancelled -> "kept, " + cancelled);
                RpcClient client = new RpcClient(socket)) {
            client.open();
            for (int feature : new int[] {4, 5, 6, 9, 11, 13}) {
                assertThat(client.supports(feature)).as("feature %d", feature).isTrue();
            }
            assertThat(client.supports(10)).as("keepalive").isFalse();
            assertThat(client.supports(7)).as("change protection").isFalse();

            XdrReader prepared = client.prepare(Map.of("destination_xml", XML, "destination_name", "web1"))
                    .reader();
            assertThat(prepared.opaque()).isEmpty();
            assertThat(prepared.int32()).isEqualTo(1);
            assertThat(prepared.string()).isEqualTo(DATA_URI);
            assertThat(endpoint.prepared()).contains(new Prepared(Optional.of(XML), Optional.of("web1"), 1));
            assertThat(endpoint.prepared().toString()).doesNotContain("domain type");
            assertThat(endpoint.finishState()).isEqualTo(new FinishState.NotReached());

            client.sendFinish(false);
            RpcClient.Received finished = client.receive();
            assertThat(finished.isError()).isTrue();
            assertThat(finished.errorCode()).isEqualTo(RpcError.OPERATION_FAILED);
            assertThat(finished.errorText()).isEqualTo("kept, false");
            assertThat(endpoint.awaitAnswered(SOON)).isEqualTo(new FinishState.Answered(false, true));
        }
        assertThat(socket).doesNotExist();
    }

    @Test
    void prepareAnswersTheAddressThatTheMigrationNames() throws Exception {
        Path socket = Run.socket();
        try (CaptureEndpoint endpoint = CaptureEndpoint.open(socket, DATA_URI, cancelled -> "no");
                RpcClient client = new RpcClient(socket)) {
            client.open();
            XdrReader reply =
                    client.prepare(Map.of("migrate_uri", "127.0.0.1:45777")).reader();
            reply.opaque();
            assertThat(reply.flag()).isTrue();
            assertThat(reply.string()).isEqualTo("tcp://127.0.0.1:45777");
            assertThat(endpoint.prepared().orElseThrow().definition()).isEmpty();
        }
    }

    @Test
    void prepareIsNotRefusedWhenTheOwnerStumbles() throws Exception {
        Path socket = Run.socket();
        CaptureListener stumbling = new CaptureListener() {
            @Override
            public void prepared(Prepared prepared) {
                throw new IllegalStateException("stumbled");
            }

            @Override
            public String finish(boolean cancelled) {
                throw new IllegalStateException("stumbled again");
            }
        };
        try (CaptureEndpoint endpoint = CaptureEndpoint.open(socket, DATA_URI, stumbling);
                RpcClient client = new RpcClient(socket)) {
            client.open();
            assertThat(client.prepare(Map.of("destination_xml", XML)).isError()).isFalse();
            client.sendFinish(true);
            assertThat(client.receive().errorText()).contains("stumbled again");
            assertThat(endpoint.awaitAnswered(SOON)).isEqualTo(new FinishState.Answered(true, true));
        }
    }

    @Test
    void pingsAreAnsweredWhileFinishIsHeld() throws Exception {
        Path socket = Run.socket();
        CountDownLatch snapshotsTaken = new CountDownLatch(1);
        try (CaptureEndpoint endpoint = CaptureEndpoint.open(socket, DATA_URI, cancelled -> {
                    await(snapshotsTaken);
                    return "done";
                });
                RpcClient client = new RpcClient(socket)) {
            client.open();
            client.prepare(Map.of());
            client.sendFinish(false);
            assertThat(Run.within(SOON, () -> endpoint.finishState().equals(new FinishState.Held(false))))
                    .isTrue();
            client.ping();
            MessageHeader pong = client.receive().header();
            assertThat(pong.program()).isEqualTo(MessageHeader.KEEPALIVE_PROGRAM);
            assertThat(pong.procedure()).isEqualTo(MessageHeader.KEEPALIVE_PONG);
            assertThat(pong.type()).isEqualTo(MessageHeader.EVENT);
            assertThat(client.call(Procedure.CONNECT_GET_TYPE, new XdrWriter()).isError())
                    .isFalse();
            snapshotsTaken.countDown();
            assertThat(client.receive().errorText()).isEqualTo("done");
        }
    }

    @Test
    void theOwnerHearsThatTheSourceLeftWhileTheGuestStoodStill() throws Exception {
        Path socket = Run.socket();
        CountDownLatch release = new CountDownLatch(1);
        Leaving listener = new Leaving(() -> await(release));
        try (CaptureEndpoint endpoint = CaptureEndpoint.open(socket, DATA_URI, listener)) {
            try (RpcClient client = new RpcClient(socket)) {
                client.open();
                client.prepare(Map.of());
                client.sendFinish(false);
                assertThat(Run.within(SOON, () -> endpoint.finishState().equals(new FinishState.Held(false))))
                        .isTrue();
            }
            assertThat(listener.gone.get(10, TimeUnit.SECONDS)).isEqualTo(new FinishState.Held(false));
            assertThat(endpoint.clientGone()).isTrue();
            release.countDown();
            assertThat(endpoint.awaitAnswered(SOON)).isEqualTo(new FinishState.Answered(false, false));
        }
    }

    @Test
    void theOwnerHearsThatTheSourceLeftBeforeFinish() throws Exception {
        Path socket = Run.socket();
        Leaving listener = new Leaving(() -> {});
        try (CaptureEndpoint endpoint = CaptureEndpoint.open(socket, DATA_URI, listener)) {
            try (RpcClient other = new RpcClient(socket)) {
                other.open();
            }
            try (RpcClient client = new RpcClient(socket)) {
                client.open();
                client.prepare(Map.of());
                assertThat(listener.gone).as("the other client does not count").isNotDone();
            }
            assertThat(listener.gone.get(10, TimeUnit.SECONDS)).isEqualTo(new FinishState.NotReached());
            assertThat(endpoint.finishState()).isEqualTo(new FinishState.NotReached());
        }
    }

    @Test
    void finishOfAnotherConnectionFailsAtOnceAndReachesNobody() throws Exception {
        Path socket = Run.socket();
        try (CaptureEndpoint endpoint = CaptureEndpoint.open(socket, DATA_URI, cancelled -> "owner");
                RpcClient holder = new RpcClient(socket);
                RpcClient other = new RpcClient(socket)) {
            holder.open();
            other.open();
            holder.prepare(Map.of("destination_name", "first"));
            assertThat(other.prepare(Map.of("destination_name", "second")).isError())
                    .isFalse();
            other.sendFinish(false);
            assertThat(other.receive().errorText()).contains("waits for no such migration");
            assertThat(endpoint.finishState()).isEqualTo(new FinishState.NotReached());
            assertThat(endpoint.prepared().orElseThrow().name()).contains("first");
        }
    }

    @Test
    void whateverIsAskedNoFinishEverSucceeds() throws Exception {
        Path socket = Run.socket();
        try (CaptureEndpoint endpoint = CaptureEndpoint.open(socket, DATA_URI, cancelled -> "");
                RpcClient client = new RpcClient(socket)) {
            client.open();
            client.sendFinish(false);
            assertThat(client.receive().isError()).as("without Prepare").isTrue();
            client.prepare(Map.of());
            for (int i = 0; i < 3; i++) {
                client.sendFinish(false);
                assertThat(client.receive().isError()).isTrue();
            }
            RpcClient.Received malformed =
                    client.call(Procedure.DOMAIN_MIGRATE_FINISH3_PARAMS, new XdrWriter().int32(-1));
            assertThat(malformed.isError()).isTrue();
            assertThat(client.isClosedByServer()).isTrue();
            assertThat(endpoint.finishState()).isInstanceOf(FinishState.Answered.class);
        }
    }

    @Test
    void otherWaysToPrepareAreToldApartByNumber() throws Exception {
        Path socket = Run.socket();
        try (CaptureEndpoint endpoint = CaptureEndpoint.open(socket, DATA_URI, cancelled -> "");
                RpcClient client = new RpcClient(socket)) {
            client.open();
            RpcClient.Received tunnelled = client.call(304, new XdrWriter());
            assertThat(tunnelled.errorCode()).isEqualTo(RpcError.NO_SUPPORT);
            assertThat(tunnelled.errorText()).contains("304");
            assertThat(endpoint.prepared()).isEmpty();
        }
    }

    @Test
    void closingEndsAHeldFinish() throws Exception {
        Path socket = Run.socket();
        CountDownLatch never = new CountDownLatch(1);
        CaptureEndpoint endpoint = CaptureEndpoint.open(socket, DATA_URI, cancelled -> {
            await(never);
            return "interrupted";
        });
        try (RpcClient client = new RpcClient(socket)) {
            client.open();
            client.prepare(Map.of());
            client.sendFinish(false);
            assertThat(Run.within(SOON, () -> endpoint.finishState().equals(new FinishState.Held(false))))
                    .isTrue();
            endpoint.close();
            assertThat(client.isClosedByServer()).isTrue();
            assertThat(endpoint.finishState()).isEqualTo(new FinishState.Answered(false, false));
        }
    }

    @Test
    void theSocketIsTheOwnersAlone() throws Exception {
        Path socket = Run.socket();
        try (CaptureEndpoint endpoint = CaptureEndpoint.open(socket, DATA_URI, cancelled -> "")) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
                    .isEqualTo("rw-------");
            assertThatThrownBy(() -> CaptureEndpoint.open(socket, DATA_URI, cancelled -> ""))
                    .isInstanceOf(Failed.class)
                    .hasMessageContaining("cannot be made");
            assertThat(endpoint.clientGone()).isFalse();
        }
        Path directory = socket.toAbsolutePath().getParent();
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x---"));
        assertThatThrownBy(() -> CaptureEndpoint.open(socket, DATA_URI, cancelled -> ""))
                .isInstanceOf(Refused.class);
    }

    private static void await(CountDownLatch latch) {
        try {
            if (!latch.await(30, TimeUnit.SECONDS)) {
                throw new IllegalStateException("nobody came");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Notes when the source leaves. */
    private record Leaving(Runnable atFinish, CompletableFuture<FinishState> gone) implements CaptureListener {

        Leaving(Runnable atFinish) {
            this(atFinish, new CompletableFuture<>());
        }

        @Override
        public String finish(boolean cancelled) {
            atFinish.run();
            return "no";
        }

        @Override
        public void clientGone(FinishState at) {
            gone.complete(at);
        }
    }
}
