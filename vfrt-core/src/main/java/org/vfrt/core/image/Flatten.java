package org.vfrt.core.image;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;

/**
 * Writes a stream in its normal form: each page once, in its latest state, in ascending order of page frame numbers and at most
 * 1024 to a record. All other records stay byte for byte and in their order. A restore of the normal form gives the same guest.
 *
 * <p>Reads the file twice and needs 8 bytes of memory for each 4 KiB page up to the guest's highest one. Flattening what is
 * flat gives the same bytes. For any number of threads.
 */
public final class Flatten {

    private static final int RUN_PAGES = 64;

    private final StreamLimits limits;

    /** Streams beyond these limits are refused; they bound the memory needed. */
    public Flatten(StreamLimits limits) {
        this.limits = limits;
    }

    /**
     * Checks the stream that begins at this position of the file, as {@link StreamCheck} does, and only then writes.
     *
     * @param image is read by position: its own position is neither used nor changed. It must not change meanwhile.
     * @param start where the stream's libxl header begins
     * @param out should be buffered; is flushed and not closed
     * @return what the stream held before
     * @throws MalformedImage when the stream is not complete and well-formed; nothing is written then
     * @throws IOException what the file or the output throws
     */
    public StreamSummary write(FileChannel image, long start, OutputStream out) throws IOException {
        LatestPages latest = new LatestPages(limits);
        StreamReader.read(new FileInput(image, start), latest);
        LatestPages.Range before = latest.others().get(0);
        copy(image, start, before, out);
        Batches batches = new Batches(image, start, new StreamWriter(out));
        latest.pages().forEach(batches::add);
        batches.flush();
        for (LatestPages.Range range :
                latest.others().subList(1, latest.others().size())) {
            copy(image, start, range, out);
        }
        out.flush();
        return latest.summary();
    }

    private static void copy(FileChannel image, long start, LatestPages.Range range, OutputStream out)
            throws IOException {
        byte[] buffer = new byte[(int) Math.min(RUN_PAGES * Wire.PAGE_BYTES, range.to() - range.from())];
        for (long at = range.from(); at < range.to(); at += buffer.length) {
            int length = (int) Math.min(buffer.length, range.to() - at);
            readFully(image, start, at, buffer, length);
            out.write(buffer, 0, length);
        }
    }

    private static void readFully(FileChannel image, long start, long from, byte[] buffer, int length)
            throws IOException {
        int done = new FileInput(image, start + from).readNBytes(buffer, 0, length);
        if (done < length) {
            throw MalformedImage.cutShort(from + done);
        }
    }

    /** Gathers pages into records, and reads neighbours at one go. */
    private static final class Batches {

        private final FileChannel image;
        private final long start;
        private final StreamWriter writer;
        private final long[] entries = new long[Wire.BATCH_PAGES];
        private final long[] offsets = new long[Wire.BATCH_PAGES];
        private final byte[] run = new byte[RUN_PAGES * Wire.PAGE_BYTES];
        private int count;

        Batches(FileChannel image, long start, StreamWriter writer) {
            this.image = image;
            this.start = start;
            this.writer = writer;
        }

        void add(long entry, long byteOffset) throws IOException {
            if (count == Wire.BATCH_PAGES) {
                flush();
            }
            entries[count] = entry;
            offsets[count] = byteOffset;
            count++;
        }

        void flush() throws IOException {
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
    }
}
