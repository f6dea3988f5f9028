package org.vfrt.core.pack;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** The differences of a pack in the making: which slot, how deep, to which page. Slots ascend. For one thread. */
@SuppressWarnings("ByteBufferBackingArray") // all of them are allocated by PackLayout, on the heap
final class Differences {

    private int[] slots = new int[1024];
    private byte[] depths = new byte[1024];
    private long[] bases = new long[1024];
    private int count;

    void add(int slot, int depth, long base) {
        if (count == slots.length) {
            slots = Arrays.copyOf(slots, count * 2);
            depths = Arrays.copyOf(depths, count * 2);
            bases = Arrays.copyOf(bases, count * 2);
        }
        slots[count] = slot;
        depths[count] = (byte) depth;
        bases[count] = base;
        count++;
    }

    int count() {
        return count;
    }

    long base(int entry) {
        return bases[entry];
    }

    /** Puts the same page, that lies elsewhere, in the place of a base. */
    void rebase(int entry, long base) {
        bases[entry] = base;
    }

    /** Writes them, a block for each 4096 slots. */
    void write(PackWriter.Blocks blocks, int slotEnd, Leads leads, Encoding encoding) throws IOException {
        int next = 0;
        for (int from = 0; from < slotEnd; from += PackLayout.BASES_SLOTS) {
            int end = next;
            while (end < count && slots[end] < from + PackLayout.BASES_SLOTS) {
                end++;
            }
            ByteBuffer block = PackLayout.little((end - next) * PackLayout.BASE_BYTES);
            for (; next < end; next++) {
                block.putShort((short) (slots[next] - from))
                        .put(depths[next])
                        .put((byte) 0)
                        .putInt(leads.of(Slot.pack(bases[next])))
                        .putInt(Slot.slot(bases[next]));
            }
            blocks.add(encoding.of(Section.BASES, blocks.count(), block.array(), block.capacity()));
        }
        blocks.end();
    }

    /** Compresses and seals a block of a part. */
    @FunctionalInterface
    interface Encoding {
        byte[] of(Section section, int number, byte[] block, int length) throws IOException;
    }
}
