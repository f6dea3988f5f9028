package org.vfrt.xen.endpoint;

/**
 * What goes through the pipe between the receiver process and vfrt: one byte kind, eight bytes {@link System#nanoTime}, four
 * bytes length, then that many bytes. Big-endian. On Linux nanoTime is CLOCK_MONOTONIC, which all processes of a machine share.
 */
final class Frame {

    static final int HEADER_BYTES = 1 + Long.BYTES + Integer.BYTES;

    /** Bounds what the reading side allocates. */
    static final int BODY_BYTES_MAX = 1 << 20;

    /** The port that was bound, in decimal. The first frame. */
    static final byte LISTENING = 'L';

    /** The address of the peer that connected. */
    static final byte CONNECTED = 'C';

    /** A piece of the stream, and when its last byte arrived. */
    static final byte DATA = 'D';

    /** The sender closed cleanly, everything was handed on. The last frame. */
    static final byte END = 'E';

    /** Something broke; the text says what. What came before is right, but not all. The last frame. */
    static final byte BROKEN = 'B';

    private Frame() {}
}
