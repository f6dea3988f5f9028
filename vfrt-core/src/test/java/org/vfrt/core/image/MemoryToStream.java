package org.vfrt.core.image;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * Makes the stream that Xen would send of a PVH guest, stopped, from its memory as it lies: every page once, in order, zero pages
 * too. Used by scripts/bench/store, which gives the same stream to every tool.
 */
final class MemoryToStream {

    private MemoryToStream() {}

    /** Usage: MemoryToStream &lt; memory &gt; stream. */
    public static void main(String[] arguments) throws IOException {
        try (OutputStream out = new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 20)) {
            convert(System.in, out);
        }
    }

    static void convert(InputStream memory, OutputStream out) throws IOException {
        out.write(new RawStream().pvhFront().bytes());
        StreamWriter writer = new StreamWriter(out);
        byte[] batch = new byte[Wire.BATCH_PAGES * Wire.PAGE_BYTES];
        long[] entries = new long[Wire.BATCH_PAGES];
        long pfn = 0;
        for (int length = memory.readNBytes(batch, 0, batch.length);
                length > 0;
                length = memory.readNBytes(batch, 0, batch.length)) {
            if (length % Wire.PAGE_BYTES != 0) {
                throw new IOException("the memory ends within a page");
            }
            int count = length / Wire.PAGE_BYTES;
            for (int i = 0; i < count; i++) {
                entries[i] = PageEntry.of(pfn + i, PageEntry.NOTAB);
            }
            writer.batch(0, entries, count);
            for (int i = 0; i < count; i++) {
                writer.page(entries[i], batch, i * Wire.PAGE_BYTES);
            }
            pfn += count;
        }
        out.write(new RawStream().pvhBack().bytes());
    }
}
