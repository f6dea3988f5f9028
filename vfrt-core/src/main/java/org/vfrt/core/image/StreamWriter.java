package org.vfrt.core.image;

import java.io.IOException;
import java.io.OutputStream;

/**
 * Writes a stream record by record. As a visitor of {@link StreamReader} it writes again, byte for byte, what is read, except
 * that lists of more than 1024 pages are split. Also for building streams: the offsets given to it are ignored.
 *
 * <p>Writes a page at a time, so the output should be buffered; it is never closed and is flushed at the end only. Bodies and
 * pages that were announced and not given are a mistake of the caller ({@link IllegalStateException}). For one thread.
 */
public final class StreamWriter implements StreamVisitor {

    private final OutputStream out;
    private final byte[] head = new byte[Wire.RECORD_HEAD_BYTES + 8 + 8 * Wire.BATCH_PAGES];

    private int bodyLeft;
    private int padding;

    /** What was announced by the last batch and is not written yet. */
    private long[] entries = new long[Wire.BATCH_PAGES];

    private int count;
    private int next;
    private int pagesLeft;

    public StreamWriter(OutputStream out) {
        this.out = out;
    }

    @Override
    public void libxlHeader(LibxlHeader header) throws IOException {
        Wire.putLongBe(head, 0, Wire.LIBXL_IDENT);
        Wire.putIntBe(head, 8, Wire.LIBXL_VERSION);
        Wire.putIntBe(head, 12, header.legacy() ? Wire.LIBXL_LEGACY : 0);
        out.write(head, 0, Wire.LIBXL_HEADER_BYTES);
    }

    @Override
    public void libxcHeader(LibxcHeader header) throws IOException {
        demandComplete();
        Wire.putLongBe(head, 0, Wire.LIBXC_MARKER);
        Wire.putIntBe(head, 8, Wire.LIBXC_IDENT);
        Wire.putIntBe(head, 12, header.version());
        Wire.putLongBe(head, 16, 0);
        Wire.putIntLe(head, 24, header.guest() == LibxcHeader.Guest.PV ? 1 : 2);
        Wire.putShortLe(head, 28, Wire.PAGE_SHIFT);
        Wire.putShortLe(head, 30, 0);
        Wire.putIntLe(head, 32, header.xenMajor());
        Wire.putIntLe(head, 36, header.xenMinor());
        out.write(head, 0, Wire.LIBXC_HEADER_BYTES);
    }

    @Override
    public void record(RecordHead record) throws IOException {
        demandComplete();
        Wire.putIntLe(head, 0, record.type());
        Wire.putIntLe(head, 4, record.length());
        out.write(head, 0, Wire.RECORD_HEAD_BYTES);
        bodyLeft = record.length();
        padding = (int) (Wire.padded(record.length()) - record.length());
    }

    @Override
    public void body(byte[] buffer, int offset, int length) throws IOException {
        if (length > bodyLeft) {
            throw new IllegalStateException(length + " bytes of body where " + bodyLeft + " are left");
        }
        out.write(buffer, offset, length);
        bodyLeft -= length;
        if (bodyLeft == 0 && padding > 0) {
            Wire.putLongLe(head, 0, 0);
            out.write(head, 0, padding);
        }
    }

    @Override
    public void batch(long byteOffset, long[] list, int listCount) throws IOException {
        demandComplete();
        if (entries.length < listCount) {
            entries = new long[listCount];
        }
        System.arraycopy(list, 0, entries, 0, listCount);
        count = listCount;
        next = 0;
        beginRecords();
    }

    /** Writes the heads of the records of this batch up to the first that has pages. */
    private void beginRecords() throws IOException {
        while (pagesLeft == 0 && next < count) {
            int size = Math.min(Wire.BATCH_PAGES, count - next);
            for (int i = 0; i < size; i++) {
                long entry = entries[next + i];
                Wire.putLongLe(head, Wire.RECORD_HEAD_BYTES + 8 + 8 * i, entry);
                if (PageEntry.hasData(entry)) {
                    pagesLeft++;
                }
            }
            Wire.putIntLe(head, 0, Wire.XC_PAGE_DATA);
            Wire.putIntLe(head, 4, 8 + 8 * size + Wire.PAGE_BYTES * pagesLeft);
            Wire.putIntLe(head, 8, size);
            Wire.putIntLe(head, 12, 0);
            out.write(head, 0, Wire.RECORD_HEAD_BYTES + 8 + 8 * size);
            next += size;
        }
    }

    @Override
    public void page(long entry, byte[] buffer, int offset) throws IOException {
        if (pagesLeft == 0) {
            throw new IllegalStateException("a page that no batch announced");
        }
        out.write(buffer, offset, Wire.PAGE_BYTES);
        pagesLeft--;
        beginRecords();
    }

    @Override
    public void end(long streamBytes) throws IOException {
        demandComplete();
        out.flush();
    }

    private void demandComplete() {
        if (bodyLeft > 0 || pagesLeft > 0) {
            throw new IllegalStateException(bodyLeft + " bytes of body and " + pagesLeft + " pages are missing");
        }
    }
}
