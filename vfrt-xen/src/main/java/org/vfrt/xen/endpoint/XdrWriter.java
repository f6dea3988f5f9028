package org.vfrt.xen.endpoint;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/** Puts XDR values (RFC 4506) into one message body. For one thread. */
final class XdrWriter {

    private final ByteArrayOutputStream body = new ByteArrayOutputStream();

    XdrWriter int32(int value) {
        body.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(value).array());
        return this;
    }

    XdrWriter opaque(byte[] bytes) {
        int32(bytes.length);
        body.writeBytes(bytes);
        body.writeBytes(new byte[-bytes.length & 3]);
        return this;
    }

    XdrWriter string(String text) {
        return opaque(text.getBytes(StandardCharsets.UTF_8));
    }

    XdrWriter optionalString(String text) {
        return int32(1).string(text);
    }

    /** Writes the absence of an optional value. */
    XdrWriter absent() {
        return int32(0);
    }

    XdrWriter uuid(UUID uuid) {
        body.writeBytes(ByteBuffer.allocate(2 * Long.BYTES)
                .putLong(uuid.getMostSignificantBits())
                .putLong(uuid.getLeastSignificantBits())
                .array());
        return this;
    }

    XdrWriter domain(String name, UUID uuid, int id) {
        return string(name).uuid(uuid).int32(id);
    }

    byte[] toBytes() {
        return body.toByteArray();
    }
}
