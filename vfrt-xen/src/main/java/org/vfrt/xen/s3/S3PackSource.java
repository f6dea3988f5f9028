package org.vfrt.xen.s3;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import org.vfrt.core.failure.Temporary;
import org.vfrt.core.pack.PackSource;

/**
 * One writing of a pack in a bucket. Its ends are fetched when it is opened, in a file without a name, pages in large pieces as they are
 * wanted. Every request says which writing it is about.
 */
final class S3PackSource implements PackSource {

    /** The whole of most packs, and all but the ids of the others. */
    private static final int END_BYTES = 512 << 10;

    private static final int BEGIN_BYTES = 4096;

    private final Objects objects;
    private final Objects.Entry entry;
    private final Chunks chunks;
    private final FileChannel ends;
    private final long beginBytes;
    private long endFrom;

    /**
     * Opens it.
     *
     * @param chunks where pieces are kept
     * @param directory for a file, for the moment in which it has a name
     */
    S3PackSource(Objects objects, Objects.Entry entry, Chunks chunks, Path directory) throws IOException {
        this.objects = objects;
        this.entry = entry;
        this.chunks = chunks;
        this.ends = Chunks.unnamed(directory);
        this.endFrom = Math.max(0, entry.bytes() - END_BYTES);
        this.beginBytes = Math.min(BEGIN_BYTES, endFrom);
        try {
            fetch(endFrom, entry.bytes() - endFrom, ends, endFrom);
            fetch(0, beginBytes, ends, 0);
        } catch (IOException | RuntimeException e) {
            ends.close();
            throw e;
        }
    }

    Objects.Entry entry() {
        return entry;
    }

    @Override
    public long bytes() {
        return entry.bytes();
    }

    @Override
    public synchronized FileChannel fetched(long from, long length) throws IOException {
        if (from < endFrom) {
            fetch(from, endFrom - from, ends, from);
            endFrom = from;
        }
        return ends;
    }

    private synchronized long endFrom() {
        return endFrom;
    }

    @Override
    public int read(ByteBuffer target, long at) throws IOException {
        if (at >= entry.bytes()) {
            return -1;
        }
        if (at >= endFrom() || at + target.remaining() <= beginBytes) {
            return ends.read(target, at);
        }
        return chunks.read(
                entry.key() + entry.etag(), at, entry.bytes(), target, chunk(at / Chunks.BYTES), this::chunk);
    }

    private Chunks.Fetch chunk(long number) {
        long from = number * Chunks.BYTES;
        return (file, place) -> fetch(from, Math.min(Chunks.BYTES, entry.bytes() - from), file, place);
    }

    private void fetch(long from, long length, FileChannel file, long place) throws IOException {
        if (!objects.read(entry.key(), entry.etag(), from, length, file, place)) {
            throw new Temporary(
                    "store-changed",
                    "pack '" + entry.key() + "' was written anew or removed by a collection while it was read",
                    "Type the command again.");
        }
    }

    @Override
    public void close() throws IOException {
        ends.close();
    }
}
