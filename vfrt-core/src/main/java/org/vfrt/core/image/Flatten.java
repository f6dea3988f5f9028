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
        PageBatches batches = new PageBatches(image, start, new StreamWriter(out));
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
            PageBatches.readFully(image, start, at, buffer, length);
            out.write(buffer, 0, length);
        }
    }
}
