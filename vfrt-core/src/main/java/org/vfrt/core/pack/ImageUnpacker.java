package org.vfrt.core.pack;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.vfrt.core.image.PageEntry;
import org.vfrt.core.image.StreamWriter;

/**
 * A stored image, as the stream it was in its normal form: each page once, in ascending order, between the records that were before
 * and behind the pages. Every page is compared with its id before it is handed out, and the whole with what its checkpoint says: who
 * got the last byte got the right ones. Reads ahead in threads of its own, some 20 MiB. For one thread.
 */
public final class ImageUnpacker extends InputStream {

    private static final int AHEAD = 5;
    private static final byte[] ZERO_PAGE = new byte[Page.BYTES];

    private final Packs packs;
    private final String name;
    private final int pack;
    private final String expectedRoot;
    private final PageMap map;
    private final PageMap.Cursor cursor;
    private final PageReader reader;
    private final ImageRoot root = new ImageRoot();
    private final Workers workers;
    private final Workbench ownBench;
    private final Deque<Future<Chunk>> ahead = new ArrayDeque<>();
    private final Deque<Chunk> idle = new ArrayDeque<>();
    private final byte[] behind;
    private long pfn;
    private Stage stage = Stage.PAGES;
    private @Nullable Chunk handedOut;
    private byte[] current;
    private int at;
    private int end;

    private enum Stage {
        PAGES,
        BEHIND,
        ENDED
    }

    /** Up to 1024 page frames as a record of the stream. Used again for others when that has been read. */
    private static final class Chunk {
        private final long[] pfns = new long[Batch.PAGES];
        private final long[] states = new long[Batch.PAGES];
        private final byte[] ids = new byte[Batch.PAGES * PageId.BYTES];
        private final Piece stream = new Piece(16 + Batch.PAGES * (8 + Page.BYTES));
        private int count;
    }

    /**
     * Opens an image.
     *
     * @param packs stays open until this is closed, and is closed with it
     * @param name the checkpoint's pack
     * @param root what the checkpoint says of its image
     */
    public ImageUnpacker(Packs packs, String name, String root) throws IOException {
        this.packs = packs;
        this.name = name;
        this.expectedRoot = root;
        this.pack = packs.number(name);
        this.map = PageMap.of(packs, name);
        this.reader = new PageReader(packs);
        this.ownBench = new Workbench(packs);
        this.cursor = map.cursor(ownBench);
        this.workers = new Workers(packs, "unpack");
        this.current = section(Section.RECORDS_BEFORE);
        this.end = current.length;
        this.behind = section(Section.RECORDS_BEHIND);
        this.root.records(current);
        this.root.records(behind);
        if (map.pfnEnd() == 0) {
            // Nothing comes after the records, which are the whole image.
            checkRoot();
        }
    }

    /** Reads the definition that a pack holds. */
    public static byte[] definition(Packs packs, String name) throws IOException {
        try (Workbench bench = new Workbench(packs)) {
            return section(bench, packs, packs.number(name), Section.DEFINITION);
        }
    }

    private byte[] section(Section section) throws IOException {
        return section(ownBench, packs, pack, section);
    }

    private static byte[] section(Workbench bench, Packs packs, int pack, Section section) throws IOException {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        int blocks = packs.pack(pack).blocks(section);
        for (int block = 0; block < blocks; block++) {
            content.write(bench.block(pack, section, block));
        }
        return content.toByteArray();
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, target.length);
        if (length == 0) {
            return 0;
        }
        while (at == end) {
            if (!advance()) {
                return -1;
            }
        }
        int count = Math.min(length, end - at);
        System.arraycopy(current, at, target, offset, count);
        at += count;
        return count;
    }

    /** Fetches the next piece of the stream. The last piece is handed out only when all of it was right. */
    private boolean advance() throws IOException {
        switch (stage) {
            case PAGES -> {
                if (handedOut != null) {
                    idle.add(handedOut);
                    handedOut = null;
                }
                fillAhead();
                Future<Chunk> next = ahead.poll();
                if (next != null) {
                    Chunk chunk = Workers.got(next);
                    note(chunk);
                    handedOut = chunk;
                    use(chunk.stream.bytes, chunk.stream.length);
                    return true;
                }
                if (map.pfnEnd() > 0) {
                    checkRoot();
                }
                stage = Stage.BEHIND;
                use(behind, behind.length);
                return true;
            }
            case BEHIND -> {
                stage = Stage.ENDED;
                return false;
            }
            default -> {
                return false;
            }
        }
    }

    private void checkRoot() throws DamagedPack {
        if (!root.end().equals(expectedRoot)) {
            throw new DamagedPack("the image in pack '" + name + "' is not the one that was stored");
        }
    }

    private void use(byte[] bytes, int length) {
        current = bytes;
        at = 0;
        end = length;
    }

    private void note(Chunk chunk) {
        for (int i = 0; i < chunk.count; i++) {
            long state = chunk.states[i];
            if (PfnState.isStored(state)) {
                root.page(chunk.pfns[i], state, chunk.ids, i * PageId.BYTES);
            } else {
                root.bare(chunk.pfns[i], state);
            }
        }
    }

    private void fillAhead() throws IOException {
        while (ahead.size() < AHEAD && pfn < map.pfnEnd()) {
            Chunk next = idle.isEmpty() ? new Chunk() : idle.remove();
            next.count = 0;
            for (; next.count < Batch.PAGES && pfn < map.pfnEnd(); pfn++) {
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
            switch (PfnState.kind(state)) {
                case PfnState.BARE -> {}
                case PfnState.ZERO -> writer.page(entries[i], ZERO_PAGE, 0);
                default -> {
                    // Read to the very place to which the writer is to bring it.
                    int at = stream.length;
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
    public void close() throws IOException {
        workers.close();
        ownBench.close();
        packs.close();
    }

    /** An array of known length that is written to. */
    private static final class Piece extends java.io.OutputStream {
        private final byte[] bytes;
        private int length;

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
