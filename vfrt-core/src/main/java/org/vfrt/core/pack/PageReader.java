package org.vfrt.core.pack;

import java.io.IOException;

/** Reads pages out of packs, and keeps what was read last: neighbours are wanted soon. For any number of threads. */
final class PageReader {

    private static final int BASES_KEPT = 512;

    private final Packs packs;
    private final Recent<Long, Bases> bases = new Recent<>(BASES_KEPT);

    PageReader(Packs packs) {
        this.packs = packs;
    }

    Packs packs() {
        return packs;
    }

    /**
     * Reads one page. Whether it is the right one is for the caller to see, by its id.
     *
     * @throws DamagedPack when it is not there
     */
    void read(Workbench bench, long slot, byte[] target, int at) throws IOException {
        stored(bench, slot, target, at);
        long place = slot;
        byte[] base = bench.base();
        for (int depth = 0; ; depth++) {
            Bases known = bases(bench, place);
            int entry = known.find(Slot.slot(place));
            if (entry < 0) {
                return;
            }
            if (depth == PackLayout.DELTA_DEPTH_MAX) {
                throw new DamagedPack("differences upon differences, more than " + PackLayout.DELTA_DEPTH_MAX);
            }
            place = known.base(entry);
            stored(bench, place, base, 0);
            Page.xor(target, at, base, 0);
        }
    }

    /** Returns how many differences lead to the page; 0 for a whole one. */
    int depth(Workbench bench, long slot) throws IOException {
        Bases known = bases(bench, slot);
        int entry = known.find(Slot.slot(slot));
        return entry < 0 ? 0 : known.depth(entry);
    }

    /** Returns whether the page, and what it is a difference to, are all there, as far as that can be told without reading them. */
    boolean reaches(Workbench bench, long slot) throws IOException {
        long place = slot;
        try {
            for (int depth = 0; depth <= PackLayout.DELTA_DEPTH_MAX; depth++) {
                if (!packs.pack(Slot.pack(place)).isPresent(Slot.slot(place))) {
                    return false;
                }
                Bases known = bases(bench, place);
                int entry = known.find(Slot.slot(place));
                if (entry < 0) {
                    return true;
                }
                place = known.base(entry);
            }
        } catch (DamagedPack e) {
            return false;
        }
        return false;
    }

    /** Returns whether the page, and what it is a difference to, can be read without waiting for another machine. */
    boolean isNear(Workbench bench, long slot) throws IOException {
        long place = slot;
        for (int depth = 0; depth <= PackLayout.DELTA_DEPTH_MAX; depth++) {
            if (!packs.pack(Slot.pack(place)).isNear()) {
                return false;
            }
            Bases known = bases(bench, place);
            int entry = known.find(Slot.slot(place));
            if (entry < 0) {
                return true;
            }
            place = known.base(entry);
        }
        return false;
    }

    Bases bases(Workbench bench, long slot) throws IOException {
        int pack = Slot.pack(slot);
        int block = Slot.slot(slot) / PackLayout.BASES_SLOTS;
        return bases.get(Slot.of(pack, block), () -> Bases.read(bench, packs, pack, block));
    }

    /** What lies in the slot, be it a page or a difference. */
    private void stored(Workbench bench, long slot, byte[] target, int at) throws IOException {
        int pack = Slot.pack(slot);
        int frame = Slot.frame(Slot.slot(slot));
        PackFile file = packs.pack(pack);
        if (!file.isPresent(Slot.slot(slot))) {
            throw new DamagedPack("a page is missing: slot " + Slot.slot(slot) + " of pack '" + file.name() + "'");
        }
        Frames.Frame opened = bench.frame(pack, frame);
        long below = file.present(frame) & ((1L << (Slot.slot(slot) % PackLayout.FRAME_SLOTS)) - 1);
        int from = Long.bitCount(below) * Page.BYTES;
        if (from + Page.BYTES > opened.length()) {
            throw new DamagedPack("frame " + frame + " of pack '" + file.name() + "' is too short");
        }
        System.arraycopy(opened.bytes(), from, target, at, Page.BYTES);
    }
}
