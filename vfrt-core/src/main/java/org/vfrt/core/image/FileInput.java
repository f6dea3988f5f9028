package org.vfrt.core.image;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** The bytes of a part of a file, without touching the channel's own position. Closing it does nothing. For one thread. */
public final class FileInput extends InputStream {

    private final FileChannel file;
    private long position;
    private final long end;

    /** Reads from a position to the end of the file. */
    FileInput(FileChannel file, long position) {
        this(file, position, Long.MAX_VALUE - position);
    }

    /** Reads so many bytes from a position, or to the end of the file if there are fewer. */
    public FileInput(FileChannel file, long position, long length) {
        this.file = file;
        this.position = position;
        this.end = position + length;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (position >= end) {
            return -1;
        }
        int count = file.read(ByteBuffer.wrap(buffer, offset, (int) Math.min(length, end - position)), position);
        position += Math.max(0, count);
        return count;
    }
}
