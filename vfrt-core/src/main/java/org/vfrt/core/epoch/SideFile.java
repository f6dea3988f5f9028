package org.vfrt.core.epoch;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Objects;
import java.util.zip.CRC32C;
import org.vfrt.core.image.FileInput;

/** A file beside the pages that is written from its front again and again. What is in it counts once a head says how long it is, and its checksum. */
final class SideFile extends OutputStream {

    private static final int BUFFER_BYTES = 64 << 10;

    private final FileChannel file;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private final CRC32C crc = new CRC32C();
    private int buffered;
    private long written;

    /** How much of a file counts, and its CRC-32C. */
    record Content(long bytes, long crc) {

        static final Content NONE = new Content(0, 0);

        /** Returns whether a file still holds it. */
        boolean isIn(FileChannel file) throws IOException {
            CRC32C found = new CRC32C();
            byte[] piece = new byte[BUFFER_BYTES];
            InputStream in = input(file);
            long left = bytes;
            for (int count = in.read(piece); count >= 0; count = in.read(piece)) {
                found.update(piece, 0, count);
                left -= count;
            }
            return left == 0 && found.getValue() == crc;
        }

        InputStream input(FileChannel file) {
            return new FileInput(file, 0, bytes);
        }
    }

    SideFile(FileChannel file) {
        this.file = file;
    }

    /** Forgets what was in it, which must not count any more. */
    void restart() throws IOException {
        file.truncate(0);
        crc.reset();
        buffered = 0;
        written = 0;
    }

    @Override
    public void write(int value) throws IOException {
        write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        crc.update(bytes, offset, length);
        if (length > BUFFER_BYTES - buffered) {
            flush();
        }
        if (length >= BUFFER_BYTES) {
            append(bytes, offset, length);
            return;
        }
        System.arraycopy(bytes, offset, buffer, buffered, length);
        buffered += length;
    }

    @Override
    public void flush() throws IOException {
        append(buffer, 0, buffered);
        buffered = 0;
    }

    private void append(byte[] bytes, int offset, int length) throws IOException {
        ByteBuffer rest = ByteBuffer.wrap(bytes, offset, length);
        while (rest.hasRemaining()) {
            written += file.write(rest, written);
        }
    }

    /** Makes it durable, and returns what a head has to say of it. */
    Content finish() throws IOException {
        flush();
        file.force(true);
        return new Content(written, crc.getValue());
    }
}
