package org.vfrt.core.image;

import java.io.IOException;
import java.util.Arrays;

/**
 * Where the latest state of each page lies in a file: one long for each page frame number, in pieces that exist only where
 * pages do. 8 bytes for 4096, so 16 MiB for a guest of 8 GiB.
 */
final class PageIndex {

    private static final int PIECE_SHIFT = 16;
    private static final int PIECE_ENTRIES = 1 << PIECE_SHIFT;
    private static final long[] NO_PIECE = {};

    /** Type in the highest 4 bits, offset of the data in the others, 1 for no data; 0 for a page never named. */
    private long[][] pieces = new long[0][];

    /** Notes the latest state of a page. {@code byteOffset} counts only where the type has data, and is never 0. */
    void put(long entry, long byteOffset) {
        long pfn = PageEntry.pfn(entry);
        int at = Math.toIntExact(pfn >>> PIECE_SHIFT);
        if (at >= pieces.length) {
            int known = pieces.length;
            pieces = Arrays.copyOf(pieces, Math.max(at + 1, known * 2));
            Arrays.fill(pieces, known, pieces.length, NO_PIECE);
        }
        long[] piece = pieces[at];
        if (piece.length == 0) {
            piece = new long[PIECE_ENTRIES];
            pieces[at] = piece;
        }
        piece[(int) (pfn & (PIECE_ENTRIES - 1))] =
                PageEntry.of(PageEntry.hasData(entry) ? byteOffset : 1, PageEntry.type(entry));
    }

    /** Calls back for every page that was named, in ascending order. */
    void forEach(Each each) throws IOException {
        for (int p = 0; p < pieces.length; p++) {
            long[] piece = pieces[p];
            for (int i = 0; i < piece.length; i++) {
                if (piece[i] != 0) {
                    long pfn = ((long) p << PIECE_SHIFT) + i;
                    each.page(PageEntry.of(pfn, PageEntry.type(piece[i])), PageEntry.pfn(piece[i]));
                }
            }
        }
    }

    /** Told of one page: its entry and, where it has data, the offset noted for it. */
    interface Each {
        void page(long entry, long byteOffset) throws IOException;
    }
}
