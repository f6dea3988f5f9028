package org.vfrt.core.pack;

import java.util.List;
import java.util.stream.Stream;

/** What the memory and each disk of a checkpoint are known by, found out in one pass over its map. For one thread. */
final class Roots {

    private final ImageRoot memory = new ImageRoot();
    private final List<PageRange> disks;
    private final List<ImageRoot> ofDisks;
    private int disk = -1;
    private long named;
    private long pages;

    /** @param disks the page frames that are theirs, ascending */
    Roots(List<PageRange> disks) {
        this.disks = List.copyOf(disks);
        this.ofDisks = Stream.generate(ImageRoot::new).limit(this.disks.size()).toList();
    }

    ImageRoot memory() {
        return memory;
    }

    /**
     * Takes in a page frame that is named; ascending.
     *
     * @param id of its page, if it has one
     */
    void add(long pfn, long state, byte[] id) {
        while (disk + 1 < disks.size() && pfn >= disks.get(disk + 1).from()) {
            disk++;
        }
        if (disk < 0) {
            named++;
            pages += PfnState.kind(state) == PfnState.BARE ? 0 : 1;
            add(memory, pfn, state, id);
        } else {
            add(ofDisks.get(disk), pfn - disks.get(disk).from(), state, id);
        }
    }

    private static void add(ImageRoot root, long number, long state, byte[] id) {
        if (PfnState.isStored(state)) {
            root.page(number, state, id, 0);
        } else {
            root.bare(number, state);
        }
    }

    /** Returns how many pages of memory with data there are. */
    long pages() {
        return pages;
    }

    /** Returns how long the memory's pages and their lists are in a stream. */
    long pageBytes() {
        return named == 0 ? 0 : (named + Batch.PAGES - 1) / Batch.PAGES * 16 + named * 8 + pages * Page.BYTES;
    }

    List<String> ofDisks() {
        return ofDisks.stream().map(ImageRoot::end).toList();
    }
}
