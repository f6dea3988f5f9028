package org.vfrt.core.image;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Puts the bytes of a stream together by hand, right or wrong, and without any of the code under test. */
@SuppressWarnings("ByteBufferBackingArray") // all of them are allocated here, on the heap
final class RawStream {

    static final int PAGE_BYTES = 4096;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    int size() {
        return out.size();
    }

    byte[] bytes() {
        return out.toByteArray();
    }

    RawStream raw(byte... bytes) {
        out.writeBytes(bytes);
        return this;
    }

    RawStream libxl() {
        return libxl(2, 0);
    }

    RawStream libxl(int version, int options) {
        return raw(ByteBuffer.allocate(16)
                .putLong(0x4c6962786c466d74L)
                .putInt(version)
                .putInt(options)
                .array());
    }

    RawStream libxc(int guestType) {
        return libxc(guestType, 3, 0, 12);
    }

    RawStream libxc(int guestType, int version, int options, int pageShift) {
        raw(ByteBuffer.allocate(24)
                .putLong(-1)
                .putInt(0x58454e46)
                .putInt(version)
                .putShort((short) options)
                .array());
        return raw(little(16)
                .putInt(guestType)
                .putShort((short) pageShift)
                .putShort((short) 0)
                .putInt(4)
                .putInt(17)
                .array());
    }

    RawStream record(int type, byte... body) {
        raw(little(8).putInt(type).putInt(body.length).array());
        return raw(body).raw(new byte[-body.length & 7]);
    }

    /** A PAGE_DATA record. {@code data} is what follows the list. */
    RawStream pages(long[] entries, byte[]... data) {
        int dataBytes = 0;
        for (byte[] page : data) {
            dataBytes += page.length;
        }
        ByteBuffer body = little(8 + 8 * entries.length + dataBytes);
        body.putInt(entries.length).putInt(0);
        for (long entry : entries) {
            body.putLong(entry);
        }
        for (byte[] page : data) {
            body.put(page);
        }
        return record(1, body.array());
    }

    /** Everything before the pages of a PVH guest. */
    RawStream pvhFront() {
        return libxl().record(1)
                .libxc(2)
                .record(0x11, filled(48, 1))
                .record(0x12, filled(32, 2))
                .record(0x10);
    }

    /** Everything behind the pages of a PVH guest, in the order libxc writes it. */
    RawStream pvhBack() {
        return hvmState().record(0).record(0);
    }

    RawStream hvmState() {
        return hvmState(1);
    }

    /** One of several, that differ. */
    RawStream hvmState(int number) {
        return record(8, tscInfo()).record(9, filled(1003, 2 + number)).record(0xa, hvmParams(2));
    }

    static byte[] tscInfo() {
        return little(24)
                .putInt(0)
                .putInt(2_500_000)
                .putLong(42)
                .putInt(1)
                .putInt(0)
                .array();
    }

    static byte[] hvmParams(int count) {
        ByteBuffer body = little(8 + 16 * count).putInt(count).putInt(0);
        for (int i = 0; i < count; i++) {
            body.putLong(i + 1).putLong(0xfeffcL + i);
        }
        return body.array();
    }

    static byte[] filled(int length, int value) {
        byte[] bytes = new byte[length];
        java.util.Arrays.fill(bytes, (byte) value);
        return bytes;
    }

    static ByteBuffer little(int length) {
        return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    }
}
