package org.vfrt.core.image;

/**
 * One entry of a PAGE_DATA record's list: a page frame number and what kind of page it is, packed into a long as the stream
 * carries it, so that a list of them costs no object per page.
 */
public final class PageEntry {

    /** An ordinary page. */
    public static final int NOTAB = 0;
    /** A page that is broken on the source host; has no data. */
    public static final int BROKEN = 0xd;
    /** A page to be allocated without data. */
    public static final int XALLOC = 0xe;
    /** A hole, or a page that became one; has no data. */
    public static final int XTAB = 0xf;

    private static final int TYPE_SHIFT = 60;
    private static final long PFN_MASK = (1L << 52) - 1;
    private static final long RESERVED_MASK = ((1L << TYPE_SHIFT) - 1) & ~PFN_MASK;
    /** Bit t says whether type t is followed by a page: ordinary pages, page tables, pinned page tables. */
    private static final int TYPES_WITH_DATA = 0b0001_1110_0001_1111;

    private static final int TYPES_WITHOUT_DATA = 1 << BROKEN | 1 << XALLOC | 1 << XTAB;

    private PageEntry() {}

    /** Packs an entry. {@code type} is 0 to 15, {@code pfn} less than 2^52. */
    public static long of(long pfn, int type) {
        if ((pfn & ~PFN_MASK) != 0 || (type & ~0xf) != 0) {
            throw new IllegalArgumentException("no entry for page frame " + pfn + " of type " + type);
        }
        return (long) type << TYPE_SHIFT | pfn;
    }

    /** Returns the page frame number. */
    public static long pfn(long entry) {
        return entry & PFN_MASK;
    }

    /** Returns the type, 0 to 15. */
    public static int type(long entry) {
        return (int) (entry >>> TYPE_SHIFT);
    }

    /** Returns whether 4096 bytes of data belong to it. */
    public static boolean hasData(long entry) {
        return (TYPES_WITH_DATA >> type(entry) & 1) != 0;
    }

    static boolean valid(long entry) {
        return (entry & RESERVED_MASK) == 0 && ((TYPES_WITH_DATA | TYPES_WITHOUT_DATA) >> type(entry) & 1) != 0;
    }
}
