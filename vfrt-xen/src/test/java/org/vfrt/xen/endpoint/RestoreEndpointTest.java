package org.vfrt.xen.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class RestoreEndpointTest {

    private static final String NAME = "a<b";
    private static final UUID ID = UUID.fromString("11223344-5566-7788-99aa-bbccddeeff00");
    private static final String XML = "<domain type='xen'><name>a&lt;b</name></domain>";

    @Test
    void aWholeRestoreSendsTheImageOnceAndRecordsTheEnd() throws Exception {
        Path socket = Run.socket();
        List<String> sentTo = new CopyOnWriteArrayList<>();
        try (RestoreEndpoint endpoint = RestoreEndpoint.open(socket, NAME, ID, XML, sentTo::add);
                RpcClient client = new RpcClient(socket)) {
            client.open();
            assertThat(client.supports(6)).isTrue();
            assertThat(client.supports(13)).isTrue();
            assertThat(client.supports(4)).as("peer to peer").isFalse();
            assertThat(client.call(Procedure.DOMAIN_LOOKUP_BY_NAME, new XdrWriter().string(NAME))
                            .reader()
                            .domain())
                    .isEqualTo(ID);
            assertThat(client.call(Procedure.DOMAIN_LOOKUP_BY_UUID, new XdrWriter().uuid(ID))
                            .reader()
                            .string())
                    .isEqualTo(NAME);
            assertThat(client.call(
                                    Procedure.DOMAIN_GET_STATE,
                                    new XdrWriter().domain(NAME, ID, 1).int32(0))
                            .reader()
                            .int32())
                    .isEqualTo(1);

            XdrReader begun = client.begin(NAME, ID).reader();
            String cookie = new String(begun.opaque(), StandardCharsets.UTF_8);
            assertThat(cookie)
                    .endsWith("\n\0")
                    .contains("<name>a&lt;b</name>", "<uuid>" + ID + "</uuid>", "version>2<");
            assertThat(begun.string()).isEqualTo(XML);

            assertThat(client.perform(NAME, ID, Map.of("migrate_uri", "tcp://n1:49152"))
                            .reader()
                            .opaque())
                    .isEmpty();
            assertThat(endpoint.state()).isEqualTo(RestoreState.SENT);
            assertThat(client.perform(NAME, ID, Map.of("migrate_uri", "tcp://n2:49152"))
                            .errorText())
                    .contains("already sent");
            assertThat(sentTo).containsExactly("tcp://n1:49152");

            assertThat(client.confirm(NAME, ID, false).isError()).isFalse();
            assertThat(endpoint.state()).isEqualTo(RestoreState.CONFIRMED);
        }
    }

    @Test
    void aFailedSendIsAnErrorForTheClient() throws Exception {
        Path socket = Run.socket();
        try (RestoreEndpoint endpoint = RestoreEndpoint.open(socket, NAME, ID, XML, uri -> {
                    throw new IOException("connection reset");
                });
                RpcClient client = new RpcClient(socket)) {
            client.open();
            assertThat(client.perform(NAME, ID, Map.of("migrate_uri", "tcp://n1:1"))
                            .errorText())
                    .contains("not sent whole", "connection reset");
            assertThat(endpoint.state()).isEqualTo(RestoreState.SEND_FAILED);
            client.confirm(NAME, ID, true);
            assertThat(endpoint.state()).isEqualTo(RestoreState.CANCELLED);
        }
    }

    @Test
    void anotherGuestIsNotHere() throws Exception {
        Path socket = Run.socket();
        try (RestoreEndpoint endpoint = RestoreEndpoint.open(socket, NAME, ID, XML, uri -> {});
                RpcClient client = new RpcClient(socket)) {
            client.open();
            assertThat(client.call(Procedure.DOMAIN_LOOKUP_BY_NAME, new XdrWriter().string("other"))
                            .errorCode())
                    .isEqualTo(RpcError.NO_DOMAIN);
            assertThat(client.begin("other", UUID.randomUUID()).errorCode()).isEqualTo(RpcError.NO_DOMAIN);
            assertThat(client.perform("other", UUID.randomUUID(), Map.of("migrate_uri", "tcp://n1:1"))
                            .errorCode())
                    .isEqualTo(RpcError.NO_DOMAIN);
            assertThat(client.call(163, new XdrWriter().domain(NAME, ID, 1)).errorText())
                    .contains("163");
            assertThat(client.perform(NAME, ID, Map.of()).errorText()).contains("migrate_uri");
            assertThat(endpoint.state()).isEqualTo(RestoreState.WAITING);
        }
    }
}
