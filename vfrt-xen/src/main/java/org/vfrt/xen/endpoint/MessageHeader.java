package org.vfrt.xen.endpoint;

import java.nio.ByteBuffer;

/** The fixed words in front of every message, after its length (libvirt {@code src/rpc/virnetprotocol.x}). */
record MessageHeader(int program, int version, int procedure, int type, int serial, int status) {

    static final int BYTES = 24;

    /** The length word counts itself. */
    static final int LENGTH_BYTES = 4;

    static final int REMOTE_PROGRAM = 0x20008086;
    static final int REMOTE_VERSION = 1;
    static final int KEEPALIVE_PROGRAM = 0x6b656570;
    static final int KEEPALIVE_VERSION = 1;
    static final int KEEPALIVE_PING = 1;
    static final int KEEPALIVE_PONG = 2;

    static final int CALL = 0;
    static final int REPLY = 1;
    static final int EVENT = 2;
    static final int CALL_WITH_FDS = 4;

    static final int OK = 0;
    static final int ERROR = 1;

    static MessageHeader read(ByteBuffer words) {
        return new MessageHeader(
                words.getInt(), words.getInt(), words.getInt(), words.getInt(), words.getInt(), words.getInt());
    }

    /** Returns the header of the reply to this call. */
    MessageHeader reply(int replyStatus) {
        return new MessageHeader(program, version, procedure, REPLY, serial, replyStatus);
    }

    /** Returns a whole message, ready to be written. */
    ByteBuffer message(byte[] body) {
        int length = LENGTH_BYTES + BYTES + body.length;
        return ByteBuffer.allocate(length)
                .putInt(length)
                .putInt(program)
                .putInt(version)
                .putInt(procedure)
                .putInt(type)
                .putInt(serial)
                .putInt(status)
                .put(body)
                .flip();
    }
}
