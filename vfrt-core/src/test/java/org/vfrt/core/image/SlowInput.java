package org.vfrt.core.image;

import java.io.IOException;
import java.io.InputStream;
import java.util.SplittableRandom;

/** Bytes that arrive in random pieces, as from a socket, and then a failure of the connection instead of an end. */
final class SlowInput extends InputStream {

    private final byte[] bytes;
    private final IOException failure;
    private final SplittableRandom random = new SplittableRandom(7);
    private int position;

    SlowInput(byte[] bytes, IOException failure) {
        this.bytes = bytes;
        this.failure = failure;
    }

    @Override
    public int read() throws IOException {
        if (position == bytes.length) {
            throw failure;
        }
        return bytes[position++] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (position == bytes.length) {
            throw failure;
        }
        int count = Math.min(Math.min(length, 1 + random.nextInt(5000)), bytes.length - position);
        System.arraycopy(bytes, position, buffer, offset, count);
        position += count;
        return count;
    }
}
