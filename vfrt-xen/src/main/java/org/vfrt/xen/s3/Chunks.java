package org.vfrt.xen.s3;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.vfrt.core.durable.DurableFiles;

/**
 * Pieces of packs that were read lately, in a file without a name: what is read once is soon wanted again, and what is behind it as
 * well. Takes a bounded part of the disk, and nothing of the heap. For any number of threads.
 */
final class Chunks implements AutoCloseable {

    static final int BYTES = 4 << 20;

    /** 192 MiB; more than all that is read ahead at once, by all who read at once. */
    static final int KEPT = 48;

    private static final int AHEAD = 3;

    /** Fetches a chunk of one pack into a file. */
    @FunctionalInterface
    interface Fetch {
        void into(FileChannel file, long place) throws IOException;
    }

    private record Name(String pack, long number) {}

    /** For who holds the monitor of all, but for its bytes. */
    private static final class Chunk {
        private final int slot;
        private boolean there;
        private int readers;
        private @Nullable Exception trouble;

        Chunk(int slot) {
            this.slot = slot;
        }
    }

    private final FileChannel file;
    private final Map<Name, Chunk> chunks = new LinkedHashMap<>(16, 0.75f, true);
    private final Deque<Integer> free = new ArrayDeque<>();
    private final Map<String, Long> last = new HashMap<>();
    private final ExecutorService ahead = Executors.newFixedThreadPool(AHEAD, task -> {
        Thread thread = new Thread(task, "read-ahead");
        thread.setDaemon(true);
        return thread;
    });

    /**
     * Makes it.
     *
     * @param directory for the file, for the moment in which it has a name
     * @param kept how many chunks
     */
    Chunks(Path directory, int kept) throws IOException {
        this.file = unnamed(directory);
        for (int slot = 0; slot < kept; slot++) {
            free.add(slot);
        }
    }

    /** Returns a new file that goes with the process, whatever becomes of it. */
    static FileChannel unnamed(Path directory) throws IOException {
        Path name = directory.resolve("read-" + UUID.randomUUID());
        FileChannel file = DurableFiles.openOrCreate(name);
        Files.delete(name);
        return file;
    }

    /**
     * Reads a part of a chunk.
     *
     * @param pack which writing of which pack
     * @param end how many bytes of that pack may be read ahead
     * @param fetch gets a chunk, whole
     */
    int read(String pack, long at, long end, ByteBuffer target, Fetch fetch, Fetcher more) throws IOException {
        long number = at / BYTES;
        Name name = new Name(pack, number);
        Chunk chunk = taken(name, fetch);
        try {
            int within = (int) (at % BYTES);
            int count = (int) Math.min(target.remaining(), Math.min(BYTES - within, end - at));
            ByteBuffer part = target.slice(target.position(), count);
            while (part.hasRemaining()) {
                if (file.read(part, (long) chunk.slot * BYTES + within + part.position()) < 0) {
                    throw new IOException("a piece of a pack is not where it was put");
                }
            }
            target.position(target.position() + count);
            readAhead(pack, number, end, more);
            return count;
        } finally {
            release(chunk);
        }
    }

    /** Makes the way to fetch another chunk of the same pack. */
    @FunctionalInterface
    interface Fetcher {
        Fetch of(long number);
    }

    /** Returns the chunk, complete, and keeps it from going. */
    private Chunk taken(Name name, Fetch fetch) throws IOException {
        Chunk chunk;
        boolean fetches = false;
        synchronized (this) {
            Chunk known = chunks.get(name);
            if (known == null) {
                int slot = slot();
                // Somebody may have begun with it while this waited for a place.
                known = chunks.get(name);
                if (known == null) {
                    known = new Chunk(slot);
                    chunks.put(name, known);
                    fetches = true;
                } else {
                    free.add(slot);
                }
            }
            chunk = known;
            chunk.readers++;
        }
        if (fetches) {
            fetch(name, chunk, fetch);
        }
        await(chunk);
        return chunk;
    }

    private void fetch(Name name, Chunk chunk, Fetch fetch) {
        Exception trouble = null;
        try {
            fetch.into(file, (long) chunk.slot * BYTES);
        } catch (IOException | RuntimeException e) {
            trouble = e;
        }
        synchronized (this) {
            chunk.there = trouble == null;
            chunk.trouble = trouble;
            if (trouble != null) {
                chunks.remove(name);
            }
            notifyAll();
        }
    }

    private synchronized void await(Chunk chunk) throws IOException {
        while (!chunk.there && chunk.trouble == null) {
            try {
                wait();
            } catch (InterruptedException e) {
                release(chunk);
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("interrupted");
            }
        }
        Exception trouble = chunk.trouble;
        if (trouble != null) {
            release(chunk);
            if (trouble instanceof RuntimeException known) {
                throw known;
            }
            throw trouble instanceof IOException known ? known : new IOException(trouble);
        }
    }

    private synchronized void release(Chunk chunk) {
        chunk.readers--;
        if (chunk.readers == 0 && chunk.trouble != null) {
            free.add(chunk.slot);
        }
        notifyAll();
    }

    /** Returns a place for another chunk; the one that was not used for longest goes. To be called with the monitor. */
    private int slot() throws IOException {
        while (true) {
            Integer known = free.poll();
            if (known != null) {
                return known;
            }
            Optional<Integer> left = leftByOldest();
            if (left.isPresent()) {
                return left.get();
            }
            try {
                wait();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("interrupted");
            }
        }
    }

    private Optional<Integer> leftByOldest() {
        for (Iterator<Chunk> oldest = chunks.values().iterator(); oldest.hasNext(); ) {
            Chunk one = oldest.next();
            if (one.there && one.readers == 0) {
                oldest.remove();
                return Optional.of(one.slot);
            }
        }
        return Optional.empty();
    }

    /** Only where one chunk was read after the other: who jumps about would fetch everything for nothing. */
    private void readAhead(String pack, long number, long end, Fetcher more) {
        synchronized (this) {
            Long before = last.put(pack, number);
            boolean inOrder = number == 0 || (before != null && (before == number - 1 || before == number));
            if (!inOrder || ahead.isShutdown()) {
                return;
            }
            for (long next = number + 1; next <= number + AHEAD && next * BYTES < end; next++) {
                Name name = new Name(pack, next);
                if (chunks.containsKey(name)) {
                    continue;
                }
                Integer slot = free.poll();
                Optional<Integer> place = slot == null ? leftByOldest() : Optional.of(slot);
                if (place.isEmpty()) {
                    return;
                }
                Chunk chunk = new Chunk(place.get());
                chunk.readers = 1;
                chunks.put(name, chunk);
                Fetch fetch = more.of(next);
                ahead.execute(() -> {
                    fetch(name, chunk, fetch);
                    release(chunk);
                });
            }
        }
    }

    @Override
    public void close() throws IOException {
        ahead.shutdownNow();
        file.close();
    }
}
