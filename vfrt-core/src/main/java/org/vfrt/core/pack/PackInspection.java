package org.vfrt.core.pack;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.function.LongConsumer;
import org.vfrt.core.durable.ReaderTrouble;

/** Compares packs with their checksums, and finds out which checkpoints suffer from what is wrong with them. For one thread. */
public final class PackInspection implements AutoCloseable {

    private static final int AHEAD = 16;

    /** What of a pack only its own checkpoint needs. */
    private static final Set<Section> IMAGE_ALONE =
            EnumSet.of(Section.RECORDS_BEFORE, Section.RECORDS_BEHIND, Section.DEFINITION);

    private final Packs packs;
    private final Workbench bench;
    private final Workers workers;
    private final PageReader reader;
    private final Set<String> unreadable = new HashSet<>();
    private final Set<String> withoutAnImage = new HashSet<>();
    private final Map<Integer, BitSet> damaged = new HashMap<>();

    public PackInspection(Packs packs) {
        this.packs = packs;
        this.bench = new Workbench(packs);
        this.workers = new Workers(packs, "inspect");
        this.reader = new PageReader(packs);
    }

    /**
     * Looks at one pack.
     *
     * @param pages whether every page is read too, and compared with its id; it is anyhow where something else is wrong: a checkpoint suffers
     *     from what a reader of it would meet, and from nothing else
     * @param looked hears of about so many bytes that were looked at, again and again
     * @return what is wrong, one sentence each
     * @throws IOException when it could not be read for reasons of the reader's own
     */
    public List<String> run(String name, boolean pages, LongConsumer looked) throws IOException {
        List<String> wrong = new ArrayList<>();
        try {
            int number = packs.number(name);
            PackFile pack = packs.pack(number);
            wrong.addAll(wrongWithParts(pack));
            if (pages || !wrong.isEmpty()) {
                pages(number, pack, wrong, looked);
            } else {
                looked.accept(pack.bytes());
            }
        } catch (IOException e) {
            wrong.add(damage(e));
            unreadable.add(name);
        }
        return wrong;
    }

    private List<String> wrongWithParts(PackFile pack) throws IOException {
        List<String> wrong = new ArrayList<>();
        found(wrong, pack::checkCovered);
        for (Section section : Section.values()) {
            boolean odd = found(wrong, () -> pack.check(section));
            if (odd && IMAGE_ALONE.contains(section) && found(new ArrayList<>(), () -> blocks(pack, section))) {
                withoutAnImage.add(pack.name());
            }
        }
        return wrong;
    }

    private static void blocks(PackFile pack, Section section) throws IOException {
        for (int block = 0; block < pack.blocks(section); block++) {
            pack.block(section, block);
        }
    }

    /** A look that fails with what is wrong. */
    @FunctionalInterface
    private interface Look {
        void at() throws IOException;
    }

    /** Returns whether something is wrong, which is then said. */
    private static boolean found(List<String> wrong, Look look) throws IOException {
        try {
            look.at();
            return false;
        } catch (IOException e) {
            wrong.add(damage(e));
            return true;
        }
    }

    private void pages(int number, PackFile pack, List<String> wrong, LongConsumer looked) throws IOException {
        Deque<Future<BitSet>> running = new ArrayDeque<>();
        int done = 0;
        for (int frame = 0; frame < pack.frameCount() || !running.isEmpty(); ) {
            if (frame < pack.frameCount() && running.size() < AHEAD) {
                int which = frame++;
                running.add(workers.submit(own -> damagedIn(own, number, pack, which)));
                continue;
            }
            BitSet bad = Workers.got(running.remove());
            looked.accept(pack.frameBytes(done++));
            if (!bad.isEmpty()) {
                damaged.computeIfAbsent(number, pack1 -> new BitSet()).or(bad);
                wrong.add(bad.cardinality() + " pages of pack '" + pack.name() + "', from slot " + bad.nextSetBit(0)
                        + " on, are not what was stored");
            }
        }
    }

    /** Returns the slots of a frame whose pages cannot be had. */
    private BitSet damagedIn(Workbench own, int number, PackFile pack, int frame) throws IOException {
        BitSet bad = new BitSet();
        if (pack.present(frame) == 0) {
            return bad;
        }
        boolean sound = true;
        try {
            pack.frame(frame);
        } catch (DamagedPack e) {
            sound = false;
        }
        byte[] page = new byte[Page.BYTES];
        byte[] id = new byte[PageId.BYTES];
        for (int within = 0; within < PackLayout.FRAME_SLOTS; within++) {
            int slot = frame * PackLayout.FRAME_SLOTS + within;
            if (!pack.isPresent(slot)) {
                continue;
            }
            try {
                if (sound) {
                    reader.read(own, Slot.of(number, slot), page, 0);
                    own.pageId().of(page, 0, id, 0);
                }
                if (!sound || !pack.idIs(slot, id, 0)) {
                    bad.set(slot);
                }
            } catch (DamagedPack e) {
                bad.set(slot);
            }
        }
        return bad;
    }

    /** Returns why a checkpoint cannot be restored whole, as far as that is known from the packs looked at. */
    public Optional<String> suffering(String checkpoint) throws IOException {
        Marks needs = new Marks(packs);
        try {
            needs.addCheckpoint(bench, checkpoint);
            needs.addBases(bench);
            if (unreadable.contains(checkpoint) || withoutAnImage.contains(checkpoint)) {
                return Optional.of("its pack is damaged");
            }
            return needs.lost(unreadable, damaged);
        } catch (IOException e) {
            return Optional.of(damage(e));
        }
    }

    private static String damage(IOException e) throws IOException {
        if (ReaderTrouble.is(e)) {
            throw e;
        }
        return String.valueOf(e.getMessage());
    }

    @Override
    public void close() {
        workers.close();
        bench.close();
    }
}
