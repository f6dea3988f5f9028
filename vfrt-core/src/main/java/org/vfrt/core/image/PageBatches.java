package org.vfrt.core.image;

import java.io.IOException;
import java.nio.channels.FileChannel;

/** Gathers pages that lie in a file into records of at most 1024, and reads neighbours at one go. Needs 300 KiB. For one thread. */
public final class PageBatches {

    private static final int RUN_PAGES = 64;

    private final FileChannel image;
    private final long start;
    private final StreamWriter writer;
    private final long[] entries = new long[Wire.BATCH_PAGES];
    private final long[] offsets = new long[Wire.BATCH_PAGES];
    private final byte[] run = new byte[RUN_PAGES * Wire.PAGE_BYTES];
    private int count;

    /**
     * @param start what the offsets of pages are counted from
     * @param writer gets the records
     */
    public PageBatches(FileChannel image, long start, StreamWriter writer) {
        this.image = image;
        this.start = start;
        this.writer = writer;
    }

    /** Adds a page, behind all that were added before. The offset does not count where it has no data. */
    public void add(long entry, long byteOffset) throws IOException {
        if (count == Wire.BATCH_PAGES) {
            flush();
        }
        entries[count] = entry;
        offsets[count] = byteOffset;
        count++;
    }

    /** Writes what has been added and not written. */
    public void flush() throws IOException {
        if (count == 0) {
            return;
        }
        writer.batch(0, entries, count);
        int i = 0;
        while (i < count) {
            if (!PageEntry.hasData(entries[i])) {
                i++;
                continue;
            }
            int length = 1;
            while (length < RUN_PAGES
                    && i + length < count
                    && PageEntry.hasData(entries[i + length])
                    && offsets[i + length] == offsets[i] + (long) length * Wire.PAGE_BYTES) {
                length++;
            }
            readFully(image, start, offsets[i], run, length * Wire.PAGE_BYTES);
            for (int page = 0; page < length; page++) {
                writer.page(entries[i + page], run, page * Wire.PAGE_BYTES);
            }
            i += length;
        }
        count = 0;
    }

    /** Returns how long the records of so many entries are, of which so many have data. */
    public static long bytes(long entries, long pages) {
        long records = (entries + Wire.BATCH_PAGES - 1) / Wire.BATCH_PAGES;
        return records * (Wire.RECORD_HEAD_BYTES + 8) + entries * 8 + pages * Wire.PAGE_BYTES;
    }

    static void readFully(FileChannel image, long start, long from, byte[] buffer, int length) throws IOException {
        int done = new FileInput(image, start + from).readNBytes(buffer, 0, length);
        if (done < length) {
            throw MalformedImage.cutShort(from + done);
        }
    }
}
