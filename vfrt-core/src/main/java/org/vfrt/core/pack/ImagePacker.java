package org.vfrt.core.pack;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.vfrt.core.image.LibxcHeader;
import org.vfrt.core.image.LibxlHeader;
import org.vfrt.core.image.PageEntry;
import org.vfrt.core.image.RecordHead;
import org.vfrt.core.image.StreamVisitor;
import org.vfrt.core.image.StreamWriter;

/**
 * Packs one image while it arrives. Told of the stream by a reader that checks it, in one thread; hashing, comparing and compressing
 * go on in others, some 40 MiB behind. What it needs of memory does not depend on the guest's size: the page map and the list of ids
 * grow in mapped files.
 *
 * <p>Every method of the visitor throws an IOException when something could not be stored.
 */
public final class ImagePacker implements StreamVisitor, AutoCloseable {

    private static final int BATCHES = 10;
    /** An image's records are its guest's devices and processors. Xen's are some KiB, with an emulator's state a few MiB. */
    private static final int RECORDS_BYTES_MAX = 64 << 20;

    private static final Future<Batch> END = CompletableFuture.completedFuture(new Batch());

    /** Where disks begin, they do so again in the checkpoint after, whose map is a difference to this one's: 4 GiB. */
    private static final long DISK_ALIGNMENT_PAGES = 1 << 20;

    private final Packs packs;
    private final PageMap before;
    private final PageReader reader;
    private final Judge judge;

    private final Workers workers;
    private final BlockingQueue<Batch> free = new ArrayBlockingQueue<>(BATCHES);
    private final BlockingQueue<Future<Batch>> judged = new ArrayBlockingQueue<>(BATCHES + 1);
    private final Thread keeper = new Thread(this::keepAll, "pack");
    private volatile @Nullable IOException trouble;

    private final PackInMaking making;

    // The visitor's.
    private final Records behind = new Records();
    private final Records ahead = new Records();
    private Records records = ahead;
    private boolean verifying;
    private long[] list = new long[Batch.PAGES];
    private int listed;
    private int next;
    private Batch batch;
    private int made;
    private boolean ended;
    /** Behind the highest page frame so far. */
    private long pfnEnd;

    private final List<PageRange> disks = new ArrayList<>();

    /**
     * Begins.
     *
     * @param packs the store's packs; stay open until this is closed
     * @param parent the pack of the guest's checkpoint before, to which this one becomes a difference
     * @param index of all pages in the store, or none
     * @param workspace an empty directory for what is needed meanwhile
     * @param file the pack, which does not exist yet
     * @param name of the pack
     * @param salts makes 16 random bytes, others each time
     */
    public ImagePacker(
            Packs packs,
            Optional<String> parent,
            Optional<StoreIndex> index,
            Path workspace,
            Path file,
            String name,
            Supplier<byte[]> salts)
            throws IOException {
        this.packs = packs;
        this.before = parent.isPresent() ? PageMap.of(packs, parent.get()) : PageMap.empty(packs);
        this.reader = new PageReader(packs);
        Hints hints = index.isPresent() ? index.get().hints(packs) : Hints.NONE;
        this.judge = new Judge(before, reader, hints);
        this.workers = new Workers(packs, "pack-worker");
        this.making = new PackInMaking(packs, parent, before, workers, workspace, file, name, salts);
        this.batch = free();
        keeper.setDaemon(true);
        keeper.start();
    }

    /** Takes an image that is no stream of Xen's, whole. */
    public void opaque(byte[] image) throws IOException {
        ahead.bytes.write(image);
        ended = true;
    }

    // --- what arrives

    @Override
    public void libxlHeader(LibxlHeader header) throws IOException {
        records.writer.libxlHeader(header);
    }

    @Override
    public void libxcHeader(LibxcHeader header) throws IOException {
        records.writer.libxcHeader(header);
    }

    @Override
    public void record(RecordHead head) throws IOException {
        rest();
        if (head.isVerify()) {
            // What follows repeats the pages for a comparison; in the normal form there is nothing to compare.
            verifying = true;
        } else {
            records.record(head);
        }
    }

    @Override
    public void body(byte[] buffer, int offset, int length) throws IOException {
        records.writer.body(buffer, offset, length);
    }

    @Override
    public void batch(long byteOffset, long[] entries, int count) throws IOException {
        rest();
        records = behind;
        if (verifying) {
            return;
        }
        if (list.length < count) {
            list = new long[count];
        }
        System.arraycopy(entries, 0, list, 0, count);
        for (int i = 0; i < count; i++) {
            pfnEnd = Math.max(pfnEnd, PageEntry.pfn(entries[i]) + 1);
        }
        listed = count;
        next = 0;
    }

    @Override
    public void page(long entry, byte[] buffer, int offset) throws IOException {
        if (verifying) {
            return;
        }
        while (!PageEntry.hasData(list[next])) {
            room().add(list[next++]);
        }
        room().add(list[next++], buffer, offset);
    }

    @Override
    public void end(long streamBytes) throws IOException {
        rest();
        records.writer.end(streamBytes);
        ended = true;
    }

    // --- disks

    /**
     * Begins the content of a disk behind what there is. The one before is complete then.
     *
     * @param known where the checkpoint before has this disk's content, if it has
     */
    public DiskPages disk(long sizeBytes, Optional<Long> known) throws IOException {
        if (!ended) {
            throw new IllegalStateException("the image has not ended");
        }
        long first = (pfnEnd + DISK_ALIGNMENT_PAGES - 1) / DISK_ALIGNMENT_PAGES * DISK_ALIGNMENT_PAGES;
        pfnEnd = first + Page.count(sizeBytes);
        PageRange range = new PageRange(first, pfnEnd);
        disks.add(range);
        return new DiskPages(range, known);
    }

    /** The content of one disk, told in ascending order. For the thread that told of the image. */
    public final class DiskPages {

        private final PageRange range;
        private final Optional<Long> known;

        private DiskPages(PageRange range, Optional<Long> known) throws IOException {
            this.range = range;
            this.known = known;
        }

        /** Returns where it begins. */
        public long firstPage() {
            return range.from();
        }

        /** Returns whether all that the checkpoint before has of it can still be had, so that what did not change need not be told. */
        public boolean buildsOnBefore() throws IOException {
            if (known.isEmpty()) {
                return false;
            }
            try (Workbench bench = new Workbench(packs)) {
                PageMap.Cursor then = before.cursor(bench);
                for (long page = 0; page < range.end() - range.from(); page++) {
                    long state = then.state(known.get() + page);
                    if (PfnState.isStored(state) && !reaches(bench, PfnState.slot(state))) {
                        return false;
                    }
                }
                return true;
            }
        }

        private boolean reaches(Workbench bench, long slot) throws IOException {
            return Slot.pack(slot) != Slot.GONE && reader.reaches(bench, slot);
        }

        /** Takes over a part from the checkpoint before, which it is the same as; whole pages. */
        public void unchanged(long at, long bytes) throws IOException {
            long first = at / Page.BYTES;
            long base = known.orElseThrow();
            try (Workbench bench = new Workbench(packs)) {
                PageMap.Cursor then = before.cursor(bench);
                Batch batch = free();
                for (long page = first; page < first + Page.count(bytes); page++) {
                    long state = then.state(base + page);
                    if (PfnState.isStored(state)) {
                        batch.states[batch.count] = state;
                        batch.add(PageEntry.of(range.from() + page, 0));
                    }
                    if (batch.count == Batch.PAGES) {
                        put(judged, CompletableFuture.completedFuture(batch));
                        batch = free();
                    }
                }
                put(judged, CompletableFuture.completedFuture(batch));
            }
            demandNoTrouble();
        }

        /** Takes a part, in whole pages. Zeros cost nothing. */
        public void data(long at, byte[] buffer, int offset, int length) throws IOException {
            long first = range.from() + at / Page.BYTES;
            Objects.checkFromToIndex(first, first + length / Page.BYTES, range.end());
            for (int page = 0; page < length / Page.BYTES; page++) {
                if (!Page.isZero(buffer, offset + page * Page.BYTES)) {
                    room().add(PageEntry.of(first + page, 0), buffer, offset + page * Page.BYTES);
                }
            }
        }
    }

    /** Entries behind the last page of their list. */
    private void rest() throws IOException {
        while (next < listed) {
            room().add(list[next++]);
        }
    }

    private Batch room() throws IOException {
        if (batch.count == Batch.PAGES) {
            submit();
        }
        return batch;
    }

    private void submit() throws IOException {
        demandNoTrouble();
        Batch full = batch;
        put(judged, workers.submit(bench -> {
            judge.judge(full, bench);
            return full;
        }));
        batch = free();
        demandNoTrouble();
    }

    /** Made when it is needed: an image that is no stream needs one. */
    private Batch free() throws InterruptedIOException {
        Batch known = free.poll();
        if (known != null) {
            return known;
        }
        if (made < BATCHES) {
            made++;
            return new Batch();
        }
        return taken(free);
    }

    private void demandNoTrouble() throws IOException {
        IOException seen = trouble;
        if (seen != null) {
            throw new IOException(seen.getMessage(), seen);
        }
    }

    // --- what is kept

    /** In the order of the stream, so that the last state of a page frame wins. */
    private void keepAll() {
        boolean more = true;
        while (more) {
            try {
                Future<Batch> next = judged.take();
                more = next != END;
                if (more) {
                    keep(next.get());
                }
            } catch (InterruptedException e) {
                fail(new InterruptedIOException("interrupted"));
                more = false;
            } catch (ExecutionException e) {
                fail(e.getCause());
            }
        }
    }

    private void keep(Batch one) {
        try {
            if (trouble == null) {
                making.keep(one);
            }
        } catch (IOException | RuntimeException | Error e) {
            // An error too: a disk that cannot be read any more shows in a mapping as one.
            fail(e);
        }
        // Also after trouble: who hands in the pages must not wait for ever.
        one.count = 0;
        free.add(one);
    }

    private void fail(@Nullable Throwable cause) {
        if (trouble == null) {
            trouble = cause instanceof IOException known ? known : new IOException(String.valueOf(cause), cause);
        }
    }

    // --- the end

    /**
     * Completes the pack and makes it durable. To be called under the store's lock, which is not to be let go of before the pack can be
     * seen: what it leads to could be collected in between.
     *
     * @param definition the guest's XML
     * @param roomBytes how much may be written beside the pack for a moment, to leave out what was replaced meanwhile
     * @throws IOException when something could not be stored; the pack is to be thrown away then
     */
    public PackedImage finish(byte[] definition, long roomBytes) throws IOException {
        if (!ended) {
            throw new IllegalStateException("the image has not ended");
        }
        submit();
        put(judged, END);
        await(keeper);
        demandNoTrouble();
        try (Workbench bench = new Workbench(packs)) {
            return making.finish(
                    bench, ahead.bytes.toByteArray(), behind.bytes.toByteArray(), definition, disks, roomBytes);
        }
    }

    @Override
    public void close() throws IOException {
        if (keeper.isAlive()) {
            fail(new IOException("the image was given up"));
            put(judged, END);
            await(keeper);
        }
        workers.close();
        making.close();
    }

    private static void await(Thread thread) throws InterruptedIOException {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        }
    }

    private static <T> T taken(BlockingQueue<T> queue) throws InterruptedIOException {
        try {
            return queue.take();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        }
    }

    private static <T> void put(BlockingQueue<T> queue, T value) throws InterruptedIOException {
        try {
            queue.put(value);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        }
    }

    /** The records on one side of the pages, as the stream has them. */
    private static final class Records {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private final StreamWriter writer = new StreamWriter(bytes);

        void record(RecordHead head) throws IOException {
            if (bytes.size() + (long) head.length() > RECORDS_BYTES_MAX) {
                throw new IOException("the records around the pages have more than " + RECORDS_BYTES_MAX + " bytes");
            }
            writer.record(head);
        }
    }
}
