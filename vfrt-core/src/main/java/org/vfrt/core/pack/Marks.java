package org.vfrt.core.pack;

import java.io.IOException;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which slots of which packs are needed, and which packs are because a map is a difference to theirs. One bit for each slot: 32 MiB
 * for a TiB of pages that differ. For one thread.
 */
final class Marks {

    private final Packs packs;
    private final Map<Integer, BitSet> slots = new HashMap<>();
    private final Set<Integer> maps = new HashSet<>();

    Marks(Packs packs) {
        this.packs = packs;
    }

    /** Marks all that one checkpoint needs of itself. What its pages are differences to is {@link #addBases}' business. */
    void addCheckpoint(Workbench bench, String name) throws IOException {
        PackFile pack = packs.pack(name);
        maps.add(packs.number(name));
        for (PackFile at = pack; at.mapParent().isPresent(); ) {
            at = packs.pack(at.mapParent().get());
            maps.add(packs.number(at.name()));
        }
        PageMap map = PageMap.of(packs, name);
        for (int block = 0; block < map.blocks(); block++) {
            for (long state : map.block(bench, block)) {
                if (PfnState.isStored(state)) {
                    add(PfnState.slot(state));
                }
            }
        }
    }

    /** Marks all that is marked there. */
    void addAll(Marks others) {
        others.slots.forEach((pack, marked) -> of(pack).or(marked));
        maps.addAll(others.maps);
    }

    private void add(long slot) {
        of(Slot.pack(slot)).set(Slot.slot(slot));
    }

    /** Marks all slots of a pack that are there. */
    void addPresent(int pack) throws IOException {
        BitSet marked = of(pack);
        PackFile file = packs.pack(pack);
        for (int frame = 0; frame < file.frameCount(); frame++) {
            long present = file.present(frame);
            for (int within = 0; within < PackLayout.FRAME_SLOTS; within++) {
                if (((present >>> within) & 1) != 0) {
                    marked.set(frame * PackLayout.FRAME_SLOTS + within);
                }
            }
        }
    }

    /** Marks the pages that marked ones are differences to, and theirs in turn. */
    void addBases(Workbench bench) throws IOException {
        boolean more = true;
        while (more) {
            more = false;
            for (int pack : Set.copyOf(slots.keySet())) {
                if (pack != Slot.GONE && addBasesOf(bench, pack)) {
                    more = true;
                }
            }
        }
    }

    private boolean addBasesOf(Workbench bench, int pack) throws IOException {
        boolean added = false;
        BitSet marked = of(pack);
        int blocks = packs.pack(pack).blocks(Section.BASES);
        for (int block = 0; block < blocks; block++) {
            Bases bases = Bases.read(bench, packs, pack, block);
            for (int i = 0; i < bases.count(); i++) {
                if (marked.get(block * PackLayout.BASES_SLOTS + bases.slotWithin(i))) {
                    long base = bases.base(i);
                    if (!of(Slot.pack(base)).get(Slot.slot(base))) {
                        add(base);
                        added = true;
                    }
                }
            }
        }
        return added;
    }

    /** Returns the marked slots of a pack. */
    BitSet of(int pack) {
        return slots.computeIfAbsent(pack, number -> new BitSet());
    }

    /** Returns whether a checkpoint's map needs that pack's. */
    boolean mapNeeded(int pack) {
        return maps.contains(pack);
    }

    /** Returns whether everything marked here, but for these packs, is marked there too. */
    boolean within(Marks other, Set<Integer> exempt) {
        for (Map.Entry<Integer, BitSet> entry : slots.entrySet()) {
            BitSet missing = (BitSet) entry.getValue().clone();
            missing.andNot(other.of(entry.getKey()));
            if (!exempt.contains(entry.getKey()) && !missing.isEmpty()) {
                return false;
            }
        }
        return maps.stream().allMatch(map -> exempt.contains(map) || other.maps.contains(map));
    }

    /** Returns what of all this is lost, for people to read. */
    Optional<String> lost(Set<String> unreadable, Map<Integer, BitSet> damaged) throws DamagedPack {
        long pages = 0;
        for (Map.Entry<Integer, BitSet> entry : slots.entrySet()) {
            if (entry.getKey() == Slot.GONE
                    || unreadable.contains(packs.pack(entry.getKey()).name())) {
                pages += entry.getValue().cardinality();
            } else {
                BitSet bad = (BitSet) entry.getValue().clone();
                bad.and(damaged.getOrDefault(entry.getKey(), new BitSet()));
                pages += bad.cardinality();
            }
        }
        for (int map : maps) {
            if (unreadable.contains(packs.pack(map).name())) {
                return Optional.of("its page map needs pack '" + packs.pack(map).name() + "', which is damaged");
            }
        }
        return pages == 0 ? Optional.empty() : Optional.of(pages + " of its pages are lost");
    }
}
