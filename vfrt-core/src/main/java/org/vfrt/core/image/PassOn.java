package org.vfrt.core.image;

import java.io.IOException;

/** Passes on all that it is told. For those that change, or look at, a part of it. */
public abstract class PassOn implements StreamVisitor {

    private final StreamVisitor next;

    protected PassOn(StreamVisitor next) {
        this.next = next;
    }

    @Override
    public void libxlHeader(LibxlHeader header) throws IOException {
        next.libxlHeader(header);
    }

    @Override
    public void recordBegins(long byteOffset) throws IOException {
        next.recordBegins(byteOffset);
    }

    @Override
    public void libxcHeader(LibxcHeader header) throws IOException {
        next.libxcHeader(header);
    }

    @Override
    public void record(RecordHead head) throws IOException {
        next.record(head);
    }

    @Override
    public void body(byte[] buffer, int offset, int length) throws IOException {
        next.body(buffer, offset, length);
    }

    @Override
    public void batch(long byteOffset, long[] entries, int count) throws IOException {
        next.batch(byteOffset, entries, count);
    }

    @Override
    public void page(long entry, byte[] buffer, int offset) throws IOException {
        next.page(entry, buffer, offset);
    }

    @Override
    public void end(long streamBytes) throws IOException {
        next.end(streamBytes);
    }
}
