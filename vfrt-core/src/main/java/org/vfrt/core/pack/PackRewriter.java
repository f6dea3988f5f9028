package org.vfrt.core.pack;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/** Writes one pack anew, without the pages that are not to stay. For one use. */
final class PackRewriter {

    private static final List<Section> SEALED =
            List.of(Section.BASES, Section.RECORDS_BEFORE, Section.RECORDS_BEHIND, Section.DEFINITION, Section.MAP);

    private final Packs packs;
    private final Workbench bench;
    private final PackFile pack;
    private final int number;
    private final BitSet staying;

    PackRewriter(Packs packs, Workbench bench, String name, BitSet staying) throws IOException {
        this.packs = packs;
        this.bench = bench;
        this.number = packs.number(name);
        this.pack = packs.pack(number);
        this.staying = staying;
    }

    void write(FileChannel target, byte[] salt) throws IOException {
        Sealer sealer = packs.key().sealer(salt);
        try (PackWriter writer = new PackWriter(target, pack.name(), pack.sealed(), salt)) {
            for (int frame = 0; frame < pack.frameCount(); frame++) {
                frame(writer, sealer, frame);
            }
            pack.copy(Section.IDS, writer);
            for (Section section : SEALED) {
                PackWriter.Blocks blocks = writer.blocks(section);
                int count = pack.blocks(section);
                for (int block = 0; block < count; block++) {
                    blocks.add(resealed(sealer, new BlockName(section.number(), block), pack.block(section, block)));
                }
                blocks.end();
            }
            pack.copy(Section.PACKS, writer);
            Optional<Integer> mapParent =
                    pack.mapParent().map(parent -> pack.leadsTo().indexOf(parent));
            writer.finish(pack.slots(), pack.pfnEnd(), pack.mapDepth(), mapParent);
        }
    }

    private void frame(PackWriter writer, Sealer sealer, int frame) throws IOException {
        long present = pack.present(frame);
        long kept = present & PackCollection.word(staying, frame);
        BlockName name = new BlockName(BlockName.FRAME, frame);
        if (kept == 0) {
            writer.frame(frame, new byte[0], 0);
        } else if (kept == present) {
            writer.frame(frame, resealed(sealer, name, pack.frame(frame)), present);
        } else {
            Frames.Frame opened = bench.frame(number, frame);
            if (opened.length() != Long.bitCount(present) * Page.BYTES) {
                throw new DamagedPack(
                        "frame " + frame + " of pack '" + pack.name() + "' has not the pages that it says");
            }
            byte[] pages = new byte[Long.bitCount(kept) * Page.BYTES];
            int to = 0;
            int from = 0;
            for (int within = 0; within < PackLayout.FRAME_SLOTS; within++) {
                if (((present >>> within) & 1) == 0) {
                    continue;
                }
                if (((kept >>> within) & 1) != 0) {
                    System.arraycopy(opened.bytes(), from, pages, to, Page.BYTES);
                    to += Page.BYTES;
                }
                from += Page.BYTES;
            }
            writer.frame(frame, bench.encode(sealer, name, pages, to), kept);
        }
    }

    /** Under the new salt, since a name is sealed once for each. */
    private byte[] resealed(Sealer sealer, BlockName name, byte[] stored) throws IOException {
        if (stored.length == 0) {
            return stored;
        }
        byte[] open = bench.open(number, name, stored);
        byte[] sealed = new byte[sealer.sealedBytes(open.length)];
        sealer.seal(name, open, open.length, sealed);
        return sealed;
    }
}
