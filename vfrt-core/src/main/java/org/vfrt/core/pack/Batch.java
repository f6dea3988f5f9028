package org.vfrt.core.pack;

/** Up to 1024 page frames on their way into a pack. Used again and again; for one thread at a time. */
final class Batch {

    static final int PAGES = 1024;
    /** In {@link #states}: the page is stored nowhere yet. */
    static final long NEW = -1;

    final long[] entries = new long[PAGES];
    final byte[] pages = new byte[PAGES * Page.BYTES];
    final byte[] ids = new byte[PAGES * PageId.BYTES];
    final long[] states = new long[PAGES];
    /** The page that a new one is a difference to, or {@link HashIndex#NOTHING}. */
    final long[] bases = new long[PAGES];

    final byte[] depths = new byte[PAGES];
    int count;

    void add(long entry) {
        entries[count++] = entry;
    }

    void add(long entry, byte[] buffer, int offset) {
        System.arraycopy(buffer, offset, pages, count * Page.BYTES, Page.BYTES);
        add(entry);
    }
}
