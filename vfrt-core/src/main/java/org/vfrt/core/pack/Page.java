package org.vfrt.core.pack;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/** What is done with one page of 4096 bytes in an array. */
final class Page {

    static final int BYTES = 4096;

    private static final int WORDS = BYTES / 8;
    /** With more words changed, the difference compresses no better than the page itself. */
    private static final int DELTA_WORDS_MAX = WORDS / 3;

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final byte[] ZERO = new byte[BYTES];

    private Page() {}

    /** Returns how many pages so many bytes take. */
    static long count(long bytes) {
        return (bytes + BYTES - 1) / BYTES;
    }

    static boolean isZero(byte[] bytes, int at) {
        return Arrays.equals(bytes, at, at + BYTES, ZERO, 0, BYTES);
    }

    /** Returns whether so few words differ that the difference is worth more than the page. */
    static boolean isNear(byte[] page, int at, byte[] base, int baseAt) {
        int differing = 0;
        for (int i = 0; i < BYTES; i += 8) {
            if ((long) LONG.get(page, at + i) != (long) LONG.get(base, baseAt + i) && ++differing > DELTA_WORDS_MAX) {
                return false;
            }
        }
        return true;
    }

    /** Makes the difference of a page, or the page of a difference. */
    static void xor(byte[] page, int at, byte[] base, int baseAt) {
        for (int i = 0; i < BYTES; i += 8) {
            LONG.set(page, at + i, (long) LONG.get(page, at + i) ^ (long) LONG.get(base, baseAt + i));
        }
    }
}
