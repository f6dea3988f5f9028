package org.vfrt.core.pack;

/**
 * What a page frame held, packed into a long: 4 bits of the page's type, 4 bits that say what there is of it, 56 bits of
 * {@link Slot}.
 */
final class PfnState {

    /** The stream never named the page frame. */
    static final int UNNAMED = 0;
    /** Named, with a type that has no data. */
    static final int BARE = 1;
    /** Nothing but zeros. */
    static final int ZERO = 2;
    /** A page in a slot. */
    static final int STORED = 3;

    private static final int TYPE_SHIFT = 60;
    private static final int KIND_SHIFT = 56;
    private static final long SLOT_MASK = (1L << KIND_SHIFT) - 1;

    private PfnState() {}

    static long bare(int type) {
        return kind(type, BARE);
    }

    static long zero(int type) {
        return kind(type, ZERO);
    }

    static long stored(int type, long slot) {
        return kind(type, STORED) | slot;
    }

    private static long kind(int type, int kind) {
        return ((long) type << TYPE_SHIFT) | ((long) kind << KIND_SHIFT);
    }

    static int type(long state) {
        return (int) (state >>> TYPE_SHIFT);
    }

    static int kind(long state) {
        return (int) (state >>> KIND_SHIFT) & 0xf;
    }

    static long slot(long state) {
        return state & SLOT_MASK;
    }

    static boolean isStored(long state) {
        return kind(state) == STORED;
    }
}
