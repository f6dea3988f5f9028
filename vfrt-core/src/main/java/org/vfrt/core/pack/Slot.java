package org.vfrt.core.pack;

/**
 * Where a page is: which pack, by its number among the packs that this process has open, and which slot of it. Packed into a long, so
 * that millions of them cost no object each.
 */
final class Slot {

    private static final int PACK_SHIFT = 32;
    /** So many packs can be open at once. */
    static final int PACKS_MAX = 1 << 20;

    /** The pack in the making, which nobody has open. */
    static final int OWN = (1 << 24) - 1;

    /** A pack that is not there any more, or cannot be read. */
    static final int GONE = (1 << 24) - 2;

    private Slot() {}

    static long of(int pack, int slot) {
        return ((long) pack << PACK_SHIFT) | (slot & 0xffff_ffffL);
    }

    static int pack(long place) {
        return (int) (place >>> PACK_SHIFT);
    }

    static int slot(long place) {
        return (int) place;
    }

    static int frame(int slot) {
        return slot / PackLayout.FRAME_SLOTS;
    }
}
