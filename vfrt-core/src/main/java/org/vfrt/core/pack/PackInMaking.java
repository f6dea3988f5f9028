package org.vfrt.core.pack;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.vfrt.core.durable.DurableFiles;
import org.vfrt.core.image.PageEntry;

/**
 * A pack in the making: the page map as far as it is known, the pages that are stored nowhere else, and at the end the file around
 * them. For one thread at a time.
 */
final class PackInMaking implements AutoCloseable {

    private static final int FRAMES_UNWRITTEN = 16;
    private static final int BLOCK_BYTES = 1 << 20;
    /** The store's lock is held meanwhile. What a larger pack has too much is for a collection. */
    private static final long WRITTEN_ANEW_BYTES_MAX = 2L << 30;

    private static final long[] NO_STATES = {};

    private final Packs packs;
    private final Optional<String> parent;
    private final PageMap before;
    private final Workers workers;
    private final String name;
    private final Supplier<byte[]> salts;
    private final byte[] salt;
    private final Path workspace;
    private final Path file;
    private final FileChannel packChannel;
    private final PackWriter writer;
    private final FileChannel idsChannel;
    private final MappedArea ids;
    private final FileChannel statesChannel;
    private final MappedArea states;
    private final HashIndex index;
    private final Differences differences = new Differences();
    private byte[] frame = new byte[PackLayout.FRAME_SLOTS * Page.BYTES];
    private int slots;
    private int framesHandedOn;
    private boolean mapBeforeIsGone;
    private final Deque<Future<Integer>> unwritten = new ArrayDeque<>();
    private long pfnEnd;
    /** Slots that the finished map, or a difference, leads to. */
    private final BitSet led = new BitSet();

    /**
     * Begins.
     *
     * @param parent the pack of the checkpoint before, whose map is {@code before}
     * @param workers compress frames
     * @param workspace for what is needed meanwhile
     */
    PackInMaking(
            Packs packs,
            Optional<String> parent,
            PageMap before,
            Workers workers,
            Path workspace,
            Path file,
            String name,
            Supplier<byte[]> salts)
            throws IOException {
        this.packs = packs;
        this.parent = parent;
        this.before = before;
        this.workers = workers;
        this.name = name;
        this.salts = salts;
        this.salt = salts.get();
        this.workspace = workspace;
        this.file = file;
        idsChannel = DurableFiles.openOrCreate(workspace.resolve("ids"));
        ids = MappedArea.growing(idsChannel);
        statesChannel = DurableFiles.openOrCreate(workspace.resolve("map"));
        states = MappedArea.growing(statesChannel);
        index = HashIndex.open(workspace.resolve("index"));
        packChannel = DurableFiles.create(file);
        writer = new PackWriter(packChannel, name, packs.key().encrypts(), salt);
    }

    /** Takes in the next pages of the stream: the last state of a page frame wins. */
    void keep(Batch one) throws IOException {
        for (int i = 0; i < one.count; i++) {
            long pfn = PageEntry.pfn(one.entries[i]);
            long state = one.states[i] == Batch.NEW ? store(one, i) : one.states[i];
            states.reach((pfn + 1) * Long.BYTES);
            states.putLong(pfn * Long.BYTES, state);
            pfnEnd = Math.max(pfnEnd, pfn + 1);
        }
    }

    private long store(Batch one, int i) throws IOException {
        int type = PageEntry.type(one.entries[i]);
        int known = slots;
        int slot = slot(one.ids, i * PageId.BYTES, one.pages, i * Page.BYTES);
        if (slot == known && one.bases[i] != HashIndex.NOTHING) {
            differences.add(slot, one.depths[i], one.bases[i]);
        }
        return PfnState.stored(type, Slot.of(Slot.OWN, slot));
    }

    /** Returns the slot of a page that this pack has, or has from now on. */
    private int slot(byte[] id, int idAt, byte[] pages, int pageAt) throws IOException {
        long twin = index.find(id, idAt, slot -> ids.matches(slot * PageId.BYTES, id, idAt, PageId.BYTES));
        if (twin != HashIndex.NOTHING) {
            return (int) twin;
        }
        int slot = slots++;
        ids.reach((slot + 1L) * PageId.BYTES);
        ids.put((long) slot * PageId.BYTES, id, idAt, PageId.BYTES);
        index.add(PackLayout.little(id).getLong(idAt), slot);
        int within = slot % PackLayout.FRAME_SLOTS;
        System.arraycopy(pages, pageAt, frame, within * Page.BYTES, Page.BYTES);
        if (within == PackLayout.FRAME_SLOTS - 1) {
            flush();
        }
        return slot;
    }

    /**
     * Takes over the pages that this image leads to and that were collected meanwhile, because the checkpoints that had them were
     * deleted: the packs as they were are still open.
     */
    private void adopt(Workbench bench) throws IOException {
        Map<Integer, Optional<PackFile>> changed = packs.changed();
        if (changed.isEmpty()) {
            return;
        }
        mapBeforeIsGone = changed.entrySet().stream()
                .anyMatch(entry -> entry.getValue().isEmpty() && before.needs(entry.getKey()));
        PageReader then = new PageReader(packs);
        for (long pfn = 0; pfn < pfnEnd; pfn++) {
            long state = states.getLong(pfn * Long.BYTES);
            if (PfnState.isStored(state) && isGone(PfnState.slot(state), changed)) {
                long slot = adopted(bench, then, PfnState.slot(state));
                states.putLong(pfn * Long.BYTES, PfnState.stored(PfnState.type(state), slot));
            }
        }
        for (int i = 0; i < differences.count(); i++) {
            if (isGone(differences.base(i), changed)) {
                differences.rebase(i, adopted(bench, then, differences.base(i)));
            }
        }
        for (Optional<PackFile> now : changed.values()) {
            if (now.isPresent()) {
                now.get().close();
            }
        }
    }

    private static boolean isGone(long slot, Map<Integer, Optional<PackFile>> changed) {
        Optional<PackFile> now = changed.getOrDefault(Slot.pack(slot), Optional.empty());
        return changed.containsKey(Slot.pack(slot))
                && !(now.isPresent() && now.get().isPresent(Slot.slot(slot)));
    }

    private long adopted(Workbench bench, PageReader then, long slot) throws IOException {
        byte[] page = new byte[Page.BYTES];
        byte[] id = new byte[PageId.BYTES];
        then.read(bench, slot, page, 0);
        bench.pageId().of(page, 0, id, 0);
        return Slot.of(Slot.OWN, slot(id, 0, page, 0));
    }

    /** Hands the pages of the last frame, up to 64, to be compressed and written. */
    private void flush() throws IOException {
        int pages = slots - (slots - 1) / PackLayout.FRAME_SLOTS * PackLayout.FRAME_SLOTS;
        int number = Slot.frame(slots - 1);
        if (slots == 0 || number < framesHandedOn) {
            return;
        }
        framesHandedOn = number + 1;
        byte[] content = frame;
        frame = new byte[content.length];
        if (unwritten.size() == FRAMES_UNWRITTEN) {
            Workers.got(unwritten.remove());
        }
        unwritten.add(workers.submit(bench -> {
            write(bench, number, content, pages);
            return number;
        }));
    }

    private void write(Workbench bench, int number, byte[] content, int pages) throws IOException {
        byte[] stored = bench.encode(salt, new BlockName(BlockName.FRAME, number), content, pages * Page.BYTES);
        long present = pages == PackLayout.FRAME_SLOTS ? -1L : (1L << pages) - 1;
        writer.frame(number, stored, present);
    }

    /**
     * Completes the file and makes it durable, with these records on either side of the pages.
     *
     * @param disks the page frames behind the memory's that are disks', ascending
     * @param roomBytes how much may be written beside it for a moment, to make it smaller
     */
    PackedImage finish(
            Workbench bench, byte[] first, byte[] last, byte[] definition, List<PageRange> disks, long roomBytes)
            throws IOException {
        adopt(bench);
        for (int i = 0; i < differences.count(); i++) {
            ledTo(differences.base(i));
        }
        flush();
        while (!unwritten.isEmpty()) {
            Workers.got(unwritten.remove());
        }
        Leads leads = new Leads(packs, name);
        writer.section(Section.IDS, out -> copyIds(out));
        differences.write(
                writer.blocks(Section.BASES),
                slots,
                leads,
                (section, number, block, length) -> encode(bench, section, number, block, length));
        bytes(bench, Section.RECORDS_BEFORE, first);
        bytes(bench, Section.RECORDS_BEHIND, last);
        bytes(bench, Section.DEFINITION, definition);
        Roots roots = new Roots(disks);
        roots.memory().records(first);
        roots.memory().records(last);
        map(bench, leads, roots);
        Optional<Integer> mapParent = mapParent().isPresent()
                ? Optional.of(leads.of(packs.number(mapParent().get())))
                : Optional.empty();
        writer.packs(leads.names());
        writer.finish(slots, pfnEnd, mapDepth(), mapParent);
        long packBytes = packChannel.size();
        if (slots - led.cardinality() > slots * PackCollection.DEAD_SHARE
                && packBytes <= Math.min(roomBytes, WRITTEN_ANEW_BYTES_MAX)
                && writtenAnew()) {
            packBytes = Files.size(file);
        }
        return new PackedImage(
                first.length + last.length + roots.pageBytes(),
                roots.memory().end(),
                roots.ofDisks(),
                roots.pages(),
                led.cardinality(),
                packBytes,
                leads.names().subList(1, leads.names().size()));
    }

    /**
     * Writes it without the pages that the guest wrote again while it was captured, which a live migration sends again. Only now nobody
     * leads to them yet.
     *
     * @return whether that was done: the pack is complete without it, so it must not fail for want of room
     */
    private boolean writtenAnew() throws IOException {
        Path fresh = workspace.resolve("pack");
        try (Packs alone = new Packs(only -> PackSource.of(DurableFiles.open(file)), packs.key());
                Workbench bench = new Workbench(alone);
                FileChannel target = DurableFiles.create(fresh)) {
            new PackRewriter(alone, bench, name, led).write(target, salts.get());
        } catch (IOException e) {
            if (Thread.currentThread().isInterrupted()) {
                throw e;
            }
            Files.deleteIfExists(fresh);
            return false;
        }
        DurableFiles.move(fresh, file);
        return true;
    }

    private void copyIds(OutputStream out) throws IOException {
        byte[] piece = new byte[PageId.BYTES * 8192];
        long length = (long) slots * PageId.BYTES;
        for (long at = 0; at < length; at += piece.length) {
            int part = (int) Math.min(piece.length, length - at);
            ids.get(at, piece, 0, part);
            out.write(piece, 0, part);
        }
    }

    private void bytes(Workbench bench, Section section, byte[] content) throws IOException {
        PackWriter.Blocks blocks = writer.blocks(section);
        for (int at = 0; at < content.length; at += BLOCK_BYTES) {
            byte[] block = Arrays.copyOfRange(content, at, Math.min(content.length, at + BLOCK_BYTES));
            blocks.add(encode(bench, section, blocks.count(), block, block.length));
        }
        blocks.end();
    }

    private byte[] encode(Workbench bench, Section section, int number, byte[] block, int length) {
        return length == 0 ? block : bench.encode(salt, new BlockName(section.number(), number), block, length);
    }

    /** The checkpoint before, unless too many maps would have to be read then. */
    private Optional<String> mapParent() throws IOException {
        return !mapBeforeIsGone
                        && parent.isPresent()
                        && packs.pack(parent.get()).mapDepth() < PackLayout.MAP_DEPTH_MAX
                ? parent
                : Optional.empty();
    }

    private int mapDepth() throws IOException {
        return mapParent().isPresent() ? packs.pack(mapParent().get()).mapDepth() + 1 : 0;
    }

    private void map(Workbench bench, Leads leads, Roots roots) throws IOException {
        boolean difference = mapParent().isPresent();
        PackWriter.Blocks blocks = writer.blocks(Section.MAP);
        long[] block = new long[PackLayout.MAP_PFNS];
        byte[] id = new byte[PageId.BYTES];
        for (long from = 0; from < pfnEnd; from += block.length) {
            for (int i = 0; i < block.length; i++) {
                long pfn = from + i;
                block[i] = pfn < pfnEnd ? states.getLong(pfn * Long.BYTES) : 0;
                if (block[i] == 0) {
                    continue;
                }
                if (PfnState.isStored(block[i])) {
                    ledTo(PfnState.slot(block[i]));
                    id(PfnState.slot(block[i]), id);
                }
                roots.add(pfn, block[i], id);
            }
            long[] then = difference ? before.block(bench, blocks.count()) : NO_STATES;
            byte[] runs = Runs.write(block, then, leads);
            blocks.add(encode(bench, Section.MAP, blocks.count(), runs, runs.length));
        }
        blocks.end();
    }

    private void ledTo(long slot) {
        if (Slot.pack(slot) == Slot.OWN) {
            led.set(Slot.slot(slot));
        }
    }

    private void id(long slot, byte[] target) throws IOException {
        if (Slot.pack(slot) == Slot.OWN) {
            ids.get((slot & 0xffff_ffffL) * PageId.BYTES, target, 0, PageId.BYTES);
        } else {
            packs.pack(Slot.pack(slot)).id(Slot.slot(slot), target, 0);
        }
    }

    @Override
    public void close() throws IOException {
        index.close();
        idsChannel.close();
        statesChannel.close();
        writer.close();
    }
}
