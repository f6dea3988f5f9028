package org.vfrt.core.store;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.security.MessageDigest;
import java.util.Objects;
import java.util.Optional;

/** Writes an image and hashes it on the way. A write that failed once is remembered, so that nobody commits half an image. */
final class ImageWriter extends OutputStream {

    private final FileChannel channel;
    private final MessageDigest digest = Sha256.begin();
    private long bytes;
    private Optional<IOException> trouble = Optional.empty();

    ImageWriter(FileChannel channel) {
        this.channel = channel;
    }

    @Override
    public void write(int one) throws IOException {
        write(new byte[] {(byte) one}, 0, 1);
    }

    @Override
    public void write(byte[] source, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, source.length);
        check();
        try {
            ByteBuffer rest = ByteBuffer.wrap(source, offset, length);
            while (rest.hasRemaining()) {
                channel.write(rest);
            }
        } catch (IOException e) {
            trouble = Optional.of(e);
            throw e;
        }
        digest.update(source, offset, length);
        bytes += length;
    }

    /** Closing is not the end: {@link #seal} syncs, and only then is the file closed. */
    @Override
    public void close() {}

    /** Makes the image durable and closes it. */
    Sealed seal() throws IOException {
        check();
        try (channel) {
            channel.force(true);
        }
        return new Sealed(bytes, Sha256.end(digest));
    }

    void abandon() throws IOException {
        channel.close();
    }

    private void check() throws IOException {
        if (trouble.isPresent()) {
            throw new IOException(trouble.get().getMessage(), trouble.get());
        }
    }

    record Sealed(long bytes, String sha256) {}
}
