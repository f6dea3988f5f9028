package org.vfrt.xen.s3;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Optional;
import org.vfrt.core.failure.Temporary;
import org.vfrt.core.pack.PackSource;

/**
 * One writing of a pack in a bucket. Its ends are fetched when it is opened, pages in large pieces as they are wanted. Every request says
 * which writing it is about.
 */
final class S3PackSource implements PackSource {

    /** The whole of most packs, and all but the ids of the others. */
    private static final int END_BYTES = 512 << 10;

    private static final int BEGIN_BYTES = 4096;

    private final Objects objects;
    private final Objects.Entry entry;
    private final Chunks chunks;
    private final Optional<PackCache> cache;
    private final FileChannel ends;
    private final long beginBytes;
    private long endFrom;

    private S3PackSource(
            Objects objects,
            Objects.Entry entry,
            Chunks chunks,
            Optional<PackCache> cache,
            FileChannel ends,
            long endFrom) {
        this.objects = objects;
        this.entry = entry;
        this.chunks = chunks;
        this.cache = cache;
        this.ends = ends;
        this.endFrom = endFrom;
        this.beginBytes = Math.min(BEGIN_BYTES, entry.bytes());
    }

    /**
     * Opens one.
     *
     * @param chunks where pieces are kept
     * @param cache where this pack may be kept; what is in there is then taken from it
     * @param directory for a file, for the moment in which it has a name
     */
    static S3PackSource open(
            Objects objects, Objects.Entry entry, Chunks chunks, Optional<PackCache> cache, Path directory)
            throws IOException {
        Optional<PackCache.Kept> kept = cache.isPresent() ? cache.get().open(entry) : Optional.empty();
        if (kept.isPresent()) {
            return new S3PackSource(
                    objects,
                    entry,
                    chunks,
                    Optional.empty(),
                    kept.get().file(),
                    kept.get().from());
        }
        FileChannel ends = Chunks.unnamed(directory);
        S3PackSource source = new S3PackSource(objects, entry, chunks, cache, ends, entry.bytes());
        try {
            long from = Math.max(0, entry.bytes() - END_BYTES);
            source.fetchEnds(from);
            source.fetch(0, Math.min(source.beginBytes, from), ends, 0);
            return source;
        } catch (IOException | RuntimeException e) {
            ends.close();
            throw e;
        }
    }

    private synchronized void fetchEnds(long from) throws IOException {
        fetch(from, endFrom - from, ends, from);
        endFrom = from;
    }

    Objects.Entry entry() {
        return entry;
    }

    @Override
    public long bytes() {
        return entry.bytes();
    }

    /** All that is not pages is asked for in one piece, when the pack is opened: the moment to keep it. */
    @Override
    public synchronized FileChannel fetched(long from, long length) throws IOException {
        if (from < endFrom) {
            fetchEnds(from);
        }
        if (cache.isPresent()) {
            try {
                cache.get().keepEnds(ends, entry, beginBytes, endFrom);
            } catch (IOException e) {
                // It is fetched again the next time.
                return ends;
            }
        }
        return ends;
    }

    @Override
    public synchronized boolean isNear() {
        return endFrom == 0;
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
        if (length > 0 && !objects.read(entry.key(), entry.etag(), from, length, file, place)) {
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
