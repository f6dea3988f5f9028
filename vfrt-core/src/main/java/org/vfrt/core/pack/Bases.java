package org.vfrt.core.pack;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Which of 4096 neighbouring slots hold a difference, and to which page. A value. */
final class Bases {

    private final short[] within;
    private final byte[] depths;
    private final long[] slots;

    private Bases(short[] within, byte[] depths, long[] slots) {
        this.within = within;
        this.depths = depths;
        this.slots = slots;
    }

    static Bases read(Workbench bench, Packs packs, int pack, int block) throws IOException {
        byte[] content = bench.block(pack, Section.BASES, block);
        PackFile file = packs.pack(pack);
        int count = content.length / PackLayout.BASE_BYTES;
        short[] within = new short[count];
        byte[] depths = new byte[count];
        long[] slots = new long[count];
        ByteBuffer entries = PackLayout.little(content);
        for (int i = 0; i < count; i++) {
            within[i] = entries.getShort();
            depths[i] = entries.get();
            entries.get();
            slots[i] = Slot.of(packs.lead(file, entries.getInt()), entries.getInt());
        }
        return new Bases(within, depths, slots);
    }

    /** Returns the position of a slot's entry, or a negative number when it holds a whole page. */
    int find(int slot) {
        return within.length == 0 ? -1 : Arrays.binarySearch(within, (short) (slot % PackLayout.BASES_SLOTS));
    }

    int count() {
        return slots.length;
    }

    int slotWithin(int entry) {
        return within[entry];
    }

    int depth(int entry) {
        return depths[entry];
    }

    long base(int entry) {
        return slots[entry];
    }
}
