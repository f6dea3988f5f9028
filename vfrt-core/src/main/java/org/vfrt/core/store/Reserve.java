package org.vfrt.core.store;

import java.io.IOException;
import java.nio.file.Path;
import org.vfrt.core.image.LibxcHeader;
import org.vfrt.core.image.LibxlHeader;
import org.vfrt.core.image.RecordHead;
import org.vfrt.core.image.StreamVisitor;

/** The part of a store's file system that no checkpoint takes, however wrong was what it was thought to need. */
record Reserve(Path store, long bytes) {

    /** 16 MiB of pages between two looks; less than any reserve worth having. */
    private static final int PAGES_BETWEEN_LOOKS = 4096;

    /** Returns the bytes that are free beside the reserve. */
    long freeBytes() throws IOException {
        return Math.max(0, FreeSpace.bytes(store) - bytes);
    }

    /** Hands everything on, until the reserve would be touched. */
    StreamVisitor guarding(StreamVisitor image) {
        return bytes == 0 ? image : new Guarded(image);
    }

    /** For one thread. */
    private final class Guarded implements StreamVisitor {

        private final StreamVisitor image;
        private int pages;

        Guarded(StreamVisitor image) {
            this.image = image;
        }

        private void look() throws IOException {
            if (freeBytes() == 0) {
                throw new IOException("no space left beside the " + (bytes >> 20) + " MiB held in reserve");
            }
        }

        @Override
        public void libxlHeader(LibxlHeader header) throws IOException {
            look();
            image.libxlHeader(header);
        }

        @Override
        public void recordBegins(long byteOffset) throws IOException {
            image.recordBegins(byteOffset);
        }

        @Override
        public void libxcHeader(LibxcHeader header) throws IOException {
            image.libxcHeader(header);
        }

        @Override
        public void record(RecordHead head) throws IOException {
            image.record(head);
        }

        @Override
        public void body(byte[] buffer, int offset, int length) throws IOException {
            image.body(buffer, offset, length);
        }

        @Override
        public void batch(long byteOffset, long[] entries, int count) throws IOException {
            image.batch(byteOffset, entries, count);
        }

        @Override
        public void page(long entry, byte[] buffer, int offset) throws IOException {
            if (++pages % PAGES_BETWEEN_LOOKS == 0) {
                look();
            }
            image.page(entry, buffer, offset);
        }

        @Override
        public void end(long streamBytes) throws IOException {
            image.end(streamBytes);
        }
    }
}
