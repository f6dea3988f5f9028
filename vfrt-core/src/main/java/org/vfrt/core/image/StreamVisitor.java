package org.vfrt.core.image;

import java.io.IOException;

/**
 * Told what a stream holds, in the stream's order, by {@link StreamReader}. Buffers belong to the reader and are overwritten
 * after the call. An exception thrown here ends the reading and passes through.
 */
public interface StreamVisitor {

    /** The stream's first 16 bytes. */
    default void libxlHeader(LibxlHeader header) throws IOException {}

    /** A record may follow: everything before it has been read, and nothing of it. */
    default void recordBegins(long byteOffset) throws IOException {}

    /** The first 40 bytes of the libxc stream, right behind the record LIBXC_CONTEXT. */
    default void libxcHeader(LibxcHeader header) throws IOException {}

    /** A record other than PAGE_DATA, also both END records. Its body follows in {@link #body} calls. */
    default void record(RecordHead head) throws IOException {}

    /** The next piece of the last record's body; the first piece has at least 24 bytes, or all of the body if that is less. */
    default void body(byte[] buffer, int offset, int length) throws IOException {}

    /**
     * A PAGE_DATA record: its list of pages. A {@link #page} call follows for each entry that has data, in this order.
     *
     * @param byteOffset of the record's head
     * @param entries see {@link PageEntry}; valid up to {@code count}
     * @param count 1 to 32768; 1024 at most when libxc wrote it
     */
    default void batch(long byteOffset, long[] entries, int count) throws IOException {}

    /** The 4096 bytes of one page. */
    default void page(long entry, byte[] buffer, int offset) throws IOException {}

    /** The libxl END was read. Nothing behind it has been touched. */
    default void end(long streamBytes) throws IOException {}
}
