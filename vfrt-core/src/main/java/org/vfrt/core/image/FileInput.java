package org.vfrt.core.image;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** The bytes of a file from a position on, without touching the channel's own position. Closing it does nothing. */
final class FileInput extends InputStream {

    private final FileChannel file;
    private long position;

    FileInput(FileChannel file, long position) {
        this.file = file;
        this.position = position;
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
        int count = file.read(ByteBuffer.wrap(buffer, offset, length), position);
        position += Math.max(0, count);
        return count;
    }
}
