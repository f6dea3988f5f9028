package org.vfrt.xen.endpoint;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;

/** Speaks libvirt's protocol as its client library does, call by call. */
final class RpcClient implements AutoCloseable {

    private final SocketChannel channel;
    private final DataInputStream in;
    private int serial;

    RpcClient(Path socket) throws IOException {
        channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        channel.connect(UnixDomainSocketAddress.of(socket));
        in = new DataInputStream(Channels.newInputStream(channel));
    }

    /** One message from the server. */
    record Received(MessageHeader header, ByteBuffer body) {

        boolean isError() {
            return header.status() == MessageHeader.ERROR;
        }

        XdrReader reader() {
            return new XdrReader(body);
        }

        int errorCode() throws MalformedMessage {
            return reader().int32();
        }

        String errorText() throws MalformedMessage {
            XdrReader reader = reader();
            reader.int32();
            reader.int32();
            reader.int32();
            return reader.string();
        }
    }

    Received call(int procedure, XdrWriter arguments) throws IOException {
        sendCall(procedure, arguments);
        return receive();
    }

    void sendCall(int procedure, XdrWriter arguments) throws IOException {
        serial++;
        send(
                new MessageHeader(
                        MessageHeader.REMOTE_PROGRAM,
                        MessageHeader.REMOTE_VERSION,
                        procedure,
                        MessageHeader.CALL,
                        serial,
                        MessageHeader.OK),
                arguments.toBytes());
    }

    void send(MessageHeader header, byte[] body) throws IOException {
        sendRaw(header.message(body));
    }

    void sendRaw(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    Received receive() throws IOException {
        int length = in.readInt();
        byte[] head = in.readNBytes(MessageHeader.BYTES);
        byte[] body = in.readNBytes(length - MessageHeader.LENGTH_BYTES - MessageHeader.BYTES);
        return new Received(MessageHeader.read(ByteBuffer.wrap(head)), ByteBuffer.wrap(body));
    }

    /** Returns whether the server ends the connection without another word. */
    boolean isClosedByServer() {
        try {
            in.readByte();
            return false;
        } catch (EOFException e) {
            return true;
        } catch (IOException e) {
            return true; // reset, because the server left bytes unread
        }
    }

    void open() throws IOException {
        call(Procedure.AUTH_LIST, new XdrWriter());
        call(
                Procedure.CONNECT_OPEN,
                new XdrWriter().optionalString("xen:///system").int32(0));
    }

    boolean supports(int feature) throws IOException, MalformedMessage {
        return call(Procedure.CONNECT_SUPPORTS_FEATURE, new XdrWriter().int32(feature))
                .reader()
                .flag();
    }

    Received prepare(Map<String, String> params) throws IOException {
        return call(
                Procedure.DOMAIN_MIGRATE_PREPARE3_PARAMS,
                params(new XdrWriter(), params).opaque(new byte[] {1, 2, 3}).int32(1));
    }

    void sendFinish(boolean cancelled) throws IOException {
        sendCall(
                Procedure.DOMAIN_MIGRATE_FINISH3_PARAMS,
                params(new XdrWriter(), Map.of()).opaque(new byte[0]).int32(1).int32(cancelled ? 1 : 0));
    }

    Received begin(String name, UUID uuid) throws IOException {
        return call(
                Procedure.DOMAIN_MIGRATE_BEGIN3_PARAMS,
                params(new XdrWriter().domain(name, uuid, 1), Map.of()).int32(1));
    }

    Received perform(String name, UUID uuid, Map<String, String> params) throws IOException {
        return call(
                Procedure.DOMAIN_MIGRATE_PERFORM3_PARAMS,
                params(new XdrWriter().domain(name, uuid, 1).absent(), params)
                        .opaque(new byte[0])
                        .int32(1));
    }

    Received confirm(String name, UUID uuid, boolean cancelled) throws IOException {
        return call(
                Procedure.DOMAIN_MIGRATE_CONFIRM3_PARAMS,
                params(new XdrWriter().domain(name, uuid, 1), Map.of())
                        .opaque(new byte[0])
                        .int32(1)
                        .int32(cancelled ? 1 : 0));
    }

    void ping() throws IOException {
        send(
                new MessageHeader(
                        MessageHeader.KEEPALIVE_PROGRAM,
                        MessageHeader.KEEPALIVE_VERSION,
                        MessageHeader.KEEPALIVE_PING,
                        MessageHeader.EVENT,
                        0,
                        MessageHeader.OK),
                new byte[0]);
    }

    private static XdrWriter params(XdrWriter writer, Map<String, String> params) {
        writer.int32(params.size());
        params.forEach((field, value) -> writer.string(field).int32(7).string(value));
        return writer;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
