package org.vfrt.core.pack;

import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** What one thread needs to read packs: nothing of it can be shared. For one thread. */
final class Workbench implements AutoCloseable {

    private final Packs packs;
    private final BlockCodec codec = new BlockCodec();
    private final Map<Integer, Sealer> sealers = new HashMap<>();
    private final PageId pageId;
    private final Frames frames = new Frames();
    private final byte[] base = new byte[Page.BYTES];
    private byte[] stored = {};

    Workbench(Packs packs) {
        this.packs = packs;
        this.pageId = packs.key().pageId();
    }

    PageId pageId() {
        return pageId;
    }

    /** Returns an array for what a page is a difference to; whoever reads the page on this bench uses it. */
    byte[] base() {
        return base;
    }

    /** Returns an opened frame, until this bench has opened many others. */
    Frames.Frame frame(int pack, int frame) throws IOException {
        return frames.get(Slot.of(pack, frame), target -> open(pack, frame, target));
    }

    private int open(int pack, int frame, byte[] target) throws IOException {
        PackFile file = packs.pack(pack);
        if (stored.length == 0) {
            stored = new byte[PackLayout.STORED_FRAME_BYTES_MAX];
        }
        int length = file.frame(frame, stored);
        return codec.decode(sealer(pack, file), new BlockName(BlockName.FRAME, frame), stored, length, target);
    }

    /** Returns a block of a sealed section; empty when there is nothing in it. */
    byte[] block(int pack, Section section, int block) throws IOException {
        PackFile file = packs.pack(pack);
        byte[] stored = file.block(section, block);
        return stored.length == 0
                ? stored
                : codec.decode(
                        sealer(pack, file), new BlockName(section.number(), block), stored, PackLayout.BLOCK_BYTES_MAX);
    }

    /** Returns what is to be stored of a block of the pack in the making, which has this salt. */
    byte[] encode(byte[] salt, BlockName name, byte[] block, int length) {
        return codec.encode(sealers.computeIfAbsent(Slot.OWN, own -> packs.key().sealer(salt)), name, block, length);
    }

    byte[] encode(Sealer sealer, BlockName name, byte[] block, int length) {
        return codec.encode(sealer, name, block, length);
    }

    /** Returns a block as it was before it was sealed, still compressed. */
    byte[] open(int pack, BlockName name, byte[] stored) throws IOException {
        byte[] block = new byte[stored.length];
        return Arrays.copyOf(block, sealer(pack, packs.pack(pack)).open(name, stored, stored.length, block));
    }

    private Sealer sealer(int pack, PackFile file) {
        return sealers.computeIfAbsent(pack, number -> packs.key().sealer(file.salt()));
    }

    @Override
    public void close() {
        codec.close();
    }
}
