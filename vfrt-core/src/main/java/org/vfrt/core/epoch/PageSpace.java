package org.vfrt.core.epoch;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Arrays;
import org.vfrt.core.image.PageEntry;
import org.vfrt.core.image.StreamVisitor;

/**
 * A guest's pages, each at its place in a file with holes, and beside them one byte for each page frame: 0 for one that was never named, else its type.
 * Told of pages, it puts them there. For one thread.
 */
final class PageSpace implements StreamVisitor {

    private static final int PAGE_BYTES = 4096;
    private static final int RUN_PAGES = 64;
    private static final int NAMED = 0x80;

    /** Is none: it has reserved bits set. */
    static final long NO_ENTRY = -1;

    private final FileChannel pages;
    private final FileChannel types;
    private final byte[] run = new byte[RUN_PAGES * PAGE_BYTES];
    private final byte[] named = new byte[RUN_PAGES * PAGE_BYTES];
    private long runPfn;
    private int runPages;
    private long pfnEnd;

    /** @param pfnEnd the first page frame behind all those that were named until now */
    PageSpace(FileChannel pages, FileChannel types, long pfnEnd) {
        this.pages = pages;
        this.types = types;
        this.pfnEnd = pfnEnd;
    }

    /** Returns where the page of an entry lies. */
    static long place(long entry) {
        return PageEntry.pfn(entry) * PAGE_BYTES;
    }

    long pfnEnd() {
        return pfnEnd;
    }

    @Override
    public void batch(long byteOffset, long[] entries, int count) throws IOException {
        for (int i = 0; i < count; ) {
            long first = PageEntry.pfn(entries[i]);
            int length = 0;
            while (i + length < count
                    && length < named.length
                    && PageEntry.pfn(entries[i + length]) == first + length) {
                named[length] = (byte) (NAMED | PageEntry.type(entries[i + length]));
                length++;
            }
            writeAll(types, named, length, first);
            pfnEnd = Math.max(pfnEnd, first + length);
            i += length;
        }
    }

    @Override
    public void page(long entry, byte[] buffer, int offset) throws IOException {
        long pfn = PageEntry.pfn(entry);
        if (runPages == RUN_PAGES || pfn != runPfn + runPages) {
            flush();
            runPfn = pfn;
        }
        System.arraycopy(buffer, offset, run, runPages * PAGE_BYTES, PAGE_BYTES);
        runPages++;
    }

    private void flush() throws IOException {
        writeAll(pages, run, runPages * PAGE_BYTES, runPfn * PAGE_BYTES);
        runPages = 0;
    }

    /** Makes durable what it was told of. */
    void force() throws IOException {
        flush();
        pages.force(true);
        types.force(true);
    }

    private static void writeAll(FileChannel file, byte[] bytes, int length, long place) throws IOException {
        ByteBuffer rest = ByteBuffer.wrap(bytes, 0, length);
        while (rest.hasRemaining()) {
            file.write(rest, place + rest.position());
        }
    }

    /** Finds the pages that were named, in ascending order. For one thread. */
    static final class Reader {

        private final FileChannel types;
        private final long pfnEnd;
        private final byte[] piece = new byte[RUN_PAGES * PAGE_BYTES];
        private int length;
        private int at;
        private long pfn;

        Reader(FileChannel types, long pfnEnd) {
            this.types = types;
            this.pfnEnd = pfnEnd;
        }

        /** Returns the next entry, or {@link #NO_ENTRY}. */
        long next() throws IOException {
            while (at < length || fill()) {
                int type = piece[at++];
                pfn++;
                if (type != 0) {
                    return PageEntry.of(pfn - 1, type & 0xf);
                }
            }
            return NO_ENTRY;
        }

        private boolean fill() throws IOException {
            int wanted = (int) Math.min(piece.length, pfnEnd - pfn);
            ByteBuffer target = ByteBuffer.wrap(piece, 0, wanted);
            while (target.hasRemaining() && types.read(target, pfn + target.position()) >= 0) {
                // read on
            }
            // where nothing was written behind, nothing was named
            Arrays.fill(piece, target.position(), wanted, (byte) 0);
            length = wanted;
            at = 0;
            return length > 0;
        }
    }
}
