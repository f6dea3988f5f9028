package org.vfrt.xen.endpoint;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;

/**
 * Takes XDR values (RFC 4506) out of one message body. Never allocates more than the body holds: a length is compared with what
 * is left before anything is made for it. For one thread.
 */
final class XdrReader {

    /** As many as libvirt itself sends at most. A smaller limit could refuse a Prepare, which wedges the source (bug A). */
    static final int TYPED_PARAMS_MAX = 64;

    private static final int TYPE_INT = 1;
    private static final int TYPE_UINT = 2;
    private static final int TYPE_LLONG = 3;
    private static final int TYPE_ULLONG = 4;
    private static final int TYPE_DOUBLE = 5;
    private static final int TYPE_BOOLEAN = 6;
    private static final int TYPE_STRING = 7;

    private final ByteBuffer body;

    XdrReader(ByteBuffer body) {
        this.body = body.slice();
    }

    int int32() throws MalformedMessage {
        need(Integer.BYTES);
        return body.getInt();
    }

    /** Returns a count or a length; one above {@code max} is malformed. */
    int count(int max) throws MalformedMessage {
        int count = int32();
        if (count < 0 || count > max) {
            throw new MalformedMessage(
                    "a length of " + Integer.toUnsignedString(count) + " where at most " + max + " is possible");
        }
        return count;
    }

    boolean flag() throws MalformedMessage {
        return int32() != 0;
    }

    byte[] opaque() throws MalformedMessage {
        int length = count(body.remaining());
        int padding = -length & 3;
        need(length + padding);
        byte[] bytes = new byte[length];
        body.get(bytes);
        body.position(body.position() + padding);
        return bytes;
    }

    String string() throws MalformedMessage {
        try {
            // no silent replacement: the definition of a guest is handed on byte for byte
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(opaque()))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new MalformedMessage("a string that is not UTF-8");
        }
    }

    /** Skips an optional string. */
    void skipOptionalString() throws MalformedMessage {
        if (flag()) {
            opaque();
        }
    }

    UUID uuid() throws MalformedMessage {
        need(2 * Long.BYTES);
        return new UUID(body.getLong(), body.getLong());
    }

    /** Reads a domain (name, UUID, id) and returns the UUID, which is what identifies it. */
    UUID domain() throws MalformedMessage {
        opaque();
        UUID uuid = uuid();
        int32();
        return uuid;
    }

    /** Reads typed parameters and returns those that are strings; vfrt needs no others. */
    Map<String, String> stringParams() throws MalformedMessage {
        int count = count(TYPED_PARAMS_MAX);
        Map<String, String> strings = new LinkedHashMap<>();
        for (int i = 0; i < count; i++) {
            String field = string();
            int type = int32();
            switch (type) {
                case TYPE_INT, TYPE_UINT, TYPE_BOOLEAN -> int32();
                case TYPE_LLONG, TYPE_ULLONG, TYPE_DOUBLE -> {
                    need(Long.BYTES);
                    body.getLong();
                }
                case TYPE_STRING -> strings.putIfAbsent(field, string());
                default -> throw new MalformedMessage("a parameter of the unknown type " + type);
            }
        }
        return strings;
    }

    private void need(int bytes) throws MalformedMessage {
        if (body.remaining() < bytes) {
            throw new MalformedMessage("a message that ends inside a value");
        }
    }
}
