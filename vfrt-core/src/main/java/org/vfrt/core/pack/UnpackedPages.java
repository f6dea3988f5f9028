package org.vfrt.core.pack;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.vfrt.core.image.PageEntry;
import org.vfrt.core.image.StreamWriter;

/**
 * The pages of a range of page frames, in ascending order, each compared with its id before it is handed out. Reads ahead in threads of its own,
 * some 20 MiB. For one thread.
 */
final class UnpackedPages implements AutoCloseable {

    private static final int AHEAD = 5;
    private static final byte[] ZERO_PAGE = new byte[Page.BYTES];

    private final Packs packs;
    private final PageMap.Cursor cursor;
    private final PageReader reader;
    private final Workers workers;
    private final Deque<Future<Chunk>> ahead = new ArrayDeque<>();
    private final Deque<Chunk> idle = new ArrayDeque<>();
    private final PageRange range;
    private final ImageRoot root;
    private long pfn;
    private @Nullable Chunk handedOut;

    /** Up to 1024 page frames, as a record of the stream. Used again for others when that has been read. */
    static final class Chunk {
        final long[] pfns = new long[Batch.PAGES];
        final long[] states = new long[Batch.PAGES];
        /** Where in {@link #stream} the page is, for those that have one. */
        final int[] pagesAt = new int[Batch.PAGES];

        final Piece stream = new Piece(16 + Batch.PAGES * (8 + Page.BYTES));
        int count;
        private final byte[] ids = new byte[Batch.PAGES * PageId.BYTES];
    }

    /**
     * Begins.
     *
     * @param bench of the thread that asks
     * @param root hears of each page, by its number in the range
     */
    UnpackedPages(Packs packs, PageMap map, Workbench bench, PageRange range, ImageRoot root) {
        this.packs = packs;
        this.cursor = map.cursor(bench);
        this.reader = new PageReader(packs);
        this.workers = new Workers(packs, "unpack");
        this.range = range;
        this.root = root;
        this.pfn = range.from();
    }

    /** Returns the next pages, which are valid until it is asked again; null behind the last. */
    @Nullable
    Chunk next() throws IOException {
        if (handedOut != null) {
            idle.add(handedOut);
            handedOut = null;
        }
        fillAhead();
        Future<Chunk> next = ahead.poll();
        if (next == null) {
            return null;
        }
        Chunk chunk = Workers.got(next);
        note(chunk);
        handedOut = chunk;
        return chunk;
    }

    private void note(Chunk chunk) {
        for (int i = 0; i < chunk.count; i++) {
            long state = chunk.states[i];
            long number = chunk.pfns[i] - range.from();
            if (PfnState.isStored(state)) {
                root.page(number, state, chunk.ids, i * PageId.BYTES);
            } else {
                root.bare(number, state);
            }
        }
    }

    private void fillAhead() throws IOException {
        while (ahead.size() < AHEAD && pfn < range.end()) {
            Chunk next = idle.isEmpty() ? new Chunk() : idle.remove();
            next.count = 0;
            for (; next.count < Batch.PAGES && pfn < range.end(); pfn++) {
                long state = cursor.state(pfn);
                if (PfnState.kind(state) != PfnState.UNNAMED) {
                    next.pfns[next.count] = pfn;
                    next.states[next.count++] = state;
                }
            }
            if (next.count > 0) {
                ahead.add(workers.submit(bench -> read(bench, next)));
            }
        }
    }

    private Chunk read(Workbench bench, Chunk chunk) throws IOException {
        long[] entries = new long[chunk.count];
        for (int i = 0; i < entries.length; i++) {
            entries[i] = PageEntry.of(chunk.pfns[i], PfnState.type(chunk.states[i]));
        }
        Piece stream = chunk.stream;
        stream.length = 0;
        StreamWriter writer = new StreamWriter(stream);
        writer.batch(0, entries, entries.length);
        for (int i = 0; i < entries.length; i++) {
            long state = chunk.states[i];
            int at = stream.length;
            chunk.pagesAt[i] = at;
            switch (PfnState.kind(state)) {
                case PfnState.BARE -> {}
                case PfnState.ZERO -> writer.page(entries[i], ZERO_PAGE, 0);
                default -> {
                    // Read to the very place to which the writer is to bring it.
                    read(bench, chunk.pfns[i], PfnState.slot(state), stream.bytes, at, chunk.ids, i * PageId.BYTES);
                    writer.page(entries[i], stream.bytes, at);
                }
            }
        }
        return chunk;
    }

    private void read(Workbench bench, long frame, long slot, byte[] target, int at, byte[] ids, int idAt)
            throws IOException {
        reader.read(bench, slot, target, at);
        bench.pageId().of(target, at, ids, idAt);
        PackFile from = packs.pack(Slot.pack(slot));
        if (!from.idIs(Slot.slot(slot), ids, idAt)) {
            throw new DamagedPack("the page of page frame " + frame + ", slot " + Slot.slot(slot) + " of pack '"
                    + from.name() + "', is not what was stored");
        }
    }

    @Override
    public void close() {
        workers.close();
    }

    /** An array of known length that is written to. */
    static final class Piece extends java.io.OutputStream {
        final byte[] bytes;
        int length;

        Piece(int length) {
            this.bytes = new byte[length];
        }

        @Override
        public void write(int one) {
            bytes[length++] = (byte) one;
        }

        @Override
        public void write(byte[] source, int offset, int count) {
            if (source != bytes || offset != length) {
                System.arraycopy(source, offset, bytes, length, count);
            }
            length += count;
        }
    }
}
