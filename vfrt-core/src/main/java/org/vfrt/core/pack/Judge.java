package org.vfrt.core.pack;

import java.io.IOException;
import org.vfrt.core.image.PageEntry;

/**
 * Decides what becomes of each page: nothing, when it is zero; a reference, when the guest's checkpoint before or any other one has
 * it; else it is new, and a difference to what the page frame held before where that is much shorter. For any number of threads.
 */
final class Judge {

    private final PageMap before;
    private final PageReader reader;
    private final Hints hints;

    Judge(PageMap before, PageReader reader, Hints hints) {
        this.before = before;
        this.reader = reader;
        this.hints = hints;
    }

    void judge(Batch batch, Workbench bench) throws IOException {
        byte[] base = new byte[Page.BYTES];
        PageMap.Cursor then = before.cursor(bench);
        for (int i = 0; i < batch.count; i++) {
            long entry = batch.entries[i];
            int type = PageEntry.type(entry);
            int at = i * Page.BYTES;
            batch.bases[i] = HashIndex.NOTHING;
            if (!PageEntry.hasData(entry)) {
                batch.states[i] = PfnState.bare(type);
            } else if (Page.isZero(batch.pages, at)) {
                batch.states[i] = PfnState.zero(type);
            } else {
                batch.states[i] = stored(batch, i, type, then, bench, base);
            }
        }
    }

    private long stored(Batch batch, int i, int type, PageMap.Cursor then, Workbench bench, byte[] base)
            throws IOException {
        int idAt = i * PageId.BYTES;
        bench.pageId().of(batch.pages, i * Page.BYTES, batch.ids, idAt);
        long state = then.state(PageEntry.pfn(batch.entries[i]));
        long slot = PfnState.slot(state);
        boolean had = PfnState.isStored(state) && Slot.pack(slot) != Slot.GONE;
        // What is lost is kept again, now that it is here.
        if (had
                && reader.packs().pack(Slot.pack(slot)).idIs(Slot.slot(slot), batch.ids, idAt)
                && reader.reaches(bench, slot)) {
            return PfnState.stored(type, slot);
        }
        long elsewhere = hints.find(batch.ids, idAt);
        if (elsewhere != HashIndex.NOTHING && reader.reaches(bench, elsewhere)) {
            return PfnState.stored(type, elsewhere);
        }
        if (had) {
            difference(batch, i, slot, bench, base);
        }
        return Batch.NEW;
    }

    private void difference(Batch batch, int i, long slot, Workbench bench, byte[] base) throws IOException {
        int depth;
        try {
            depth = reader.depth(bench, slot) + 1;
            // The guest must not wait for a network; a page that is stored whole costs space and no time.
            if (depth > PackLayout.DELTA_DEPTH_MAX || !reader.isNear(bench, slot)) {
                return;
            }
            reader.read(bench, slot, base, 0);
        } catch (DamagedPack e) {
            // The page before is lost, this one is here: it is stored whole.
            return;
        }
        if (Page.isNear(batch.pages, i * Page.BYTES, base, 0)) {
            Page.xor(batch.pages, i * Page.BYTES, base, 0);
            batch.bases[i] = slot;
            batch.depths[i] = (byte) depth;
        }
    }
}
