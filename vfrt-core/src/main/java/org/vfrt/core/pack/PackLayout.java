package org.vfrt.core.pack;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/** Sizes and places in a pack file. All numbers are little-endian. See docs/format.md. */
final class PackLayout {

    static final long HEAD_MAGIC = 0x4b434150_54524656L; // "VFRTPACK"
    static final long TAIL_MAGIC = 0x444e4550_54524656L; // "VFRTPEND"
    static final int VERSION = 2;
    static final int SEALED = 1;

    static final int HEAD_BYTES = 64;
    static final int SALT_AT = 16;
    static final int SALT_BYTES = 16;
    static final int NAME_AT = 32;
    static final int NAME_BYTES = 32;

    static final int TAIL_BYTES = 64;
    static final int DIRECTORY_ENTRY_BYTES = 64;

    static final int FRAME_SLOTS = 64;
    /** The pages of a frame in which every slot is there. */
    static final int FRAME_BYTES = FRAME_SLOTS * Page.BYTES;

    /** The longest that is stored of a frame. */
    static final int STORED_FRAME_BYTES_MAX = 2 * FRAME_BYTES;

    static final int FRAME_ENTRY_BYTES = 24;
    static final int BLOCK_ENTRY_BYTES = 12;
    static final int BASES_SLOTS = 4096;
    static final int BASE_BYTES = 12;
    static final int MAP_PFNS = 65536;
    static final int DELTA_DEPTH_MAX = 8;
    static final int MAP_DEPTH_MAX = 16;

    /** The longest a block may be when it is opened: the map of 65536 page frames in the worst case. */
    static final int BLOCK_BYTES_MAX = 4 << 20;

    private PackLayout() {}

    static ByteBuffer little(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    static ByteBuffer little(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    static byte[] name(String name) {
        byte[] text = name.getBytes(StandardCharsets.US_ASCII);
        if (text.length > NAME_BYTES) {
            throw new IllegalArgumentException("'" + name + "' is too long for a pack's name");
        }
        byte[] padded = new byte[NAME_BYTES];
        System.arraycopy(text, 0, padded, 0, text.length);
        return padded;
    }

    static String name(byte[] padded) {
        int length = 0;
        while (length < padded.length && padded[length] != 0) {
            length++;
        }
        return new String(padded, 0, length, StandardCharsets.US_ASCII);
    }

    static int crc(byte[] bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }
}
