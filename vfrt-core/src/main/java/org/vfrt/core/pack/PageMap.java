package org.vfrt.core.pack;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What each page frame of a checkpoint held. It is read in blocks of 65536 page frames, each as the changes to the same block of
 * earlier checkpoints, and the last few blocks are kept. For any number of threads.
 */
final class PageMap {

    private static final int BLOCKS_KEPT = 8;
    /** The map of a guest's first checkpoint is a difference to this. */
    private static final long[] NONE = {};

    private final Packs packs;
    private final List<PackFile> oldestFirst;
    private final int[] numbers;
    private final long pfnEnd;
    private final Recent<Integer, long[]> blocks = new Recent<>(BLOCKS_KEPT);

    private PageMap(Packs packs, List<PackFile> oldestFirst, int[] numbers) {
        this.packs = packs;
        this.oldestFirst = oldestFirst;
        this.numbers = numbers;
        this.pfnEnd =
                numbers.length == 0 ? 0 : oldestFirst.get(numbers.length - 1).pfnEnd();
    }

    /** Opens the map of a checkpoint, by the name of its pack. */
    static PageMap of(Packs packs, String name) throws IOException {
        List<PackFile> chain = new ArrayList<>();
        PackFile at = packs.pack(name);
        chain.add(at);
        while (at.mapParent().isPresent()) {
            if (chain.size() > PackLayout.MAP_DEPTH_MAX) {
                throw new DamagedPack("page maps upon page maps, more than " + PackLayout.MAP_DEPTH_MAX);
            }
            at = packs.pack(at.mapParent().get());
            chain.add(0, at);
        }
        int[] numbers = new int[chain.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = packs.number(chain.get(i).name());
        }
        return new PageMap(packs, chain, numbers);
    }

    /** The map of a guest without any checkpoint. */
    static PageMap empty(Packs packs) {
        return new PageMap(packs, List.of(), new int[0]);
    }

    /** Returns whether it is a difference to the map in that pack, or is in it. */
    boolean needs(int pack) {
        return Arrays.stream(numbers).anyMatch(number -> number == pack);
    }

    /** Returns the highest page frame number named, and one more. */
    long pfnEnd() {
        return pfnEnd;
    }

    int blocks() {
        return (int) ((pfnEnd + PackLayout.MAP_PFNS - 1) / PackLayout.MAP_PFNS);
    }

    /** Returns the states of a block, not to be changed; an empty array when it is beyond the map. */
    long[] block(Workbench bench, int block) throws IOException {
        return block >= blocks() ? NONE : blocks.get(block, () -> read(bench, block));
    }

    /** Begins to look up page frames, of which most are near the one before. */
    Cursor cursor(Workbench bench) {
        return new Cursor(bench);
    }

    /** Looks up page frames one after another. For one thread. */
    final class Cursor {
        private final Workbench bench;
        private int at = -1;
        private long[] states = NONE;

        private Cursor(Workbench bench) {
            this.bench = bench;
        }

        /** Returns the state of a page frame. */
        long state(long pfn) throws IOException {
            int block = (int) (pfn / PackLayout.MAP_PFNS);
            if (block != at) {
                states = block(bench, block);
                at = block;
            }
            return states.length == 0 ? 0 : states[(int) (pfn % PackLayout.MAP_PFNS)];
        }
    }

    private long[] read(Workbench bench, int block) throws IOException {
        long[] states = new long[PackLayout.MAP_PFNS];
        for (int i = 0; i < numbers.length; i++) {
            PackFile pack = oldestFirst.get(i);
            if (block < pack.blocks(Section.MAP)) {
                Runs.apply(bench.block(numbers[i], Section.MAP, block), states, lead -> packs.lead(pack, lead));
            } else {
                // The guest was smaller then.
                Arrays.fill(states, 0);
            }
        }
        return states;
    }
}
