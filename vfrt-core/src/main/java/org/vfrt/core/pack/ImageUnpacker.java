package org.vfrt.core.pack;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;

/**
 * A stored image, as the stream it was in its normal form: each page once, in ascending order, between the records that were before
 * and behind the pages. Every page is compared with its id before it is handed out, and the whole with what its checkpoint says: who
 * got the last byte got the right ones. Reads ahead in threads of its own, some 20 MiB. For one thread.
 */
public final class ImageUnpacker extends InputStream {

    private final Packs packs;
    private final String name;
    private final int pack;
    private final String expectedRoot;
    private final PageRange range;
    private final UnpackedPages pages;
    private final ImageRoot root = new ImageRoot();
    private final Workbench ownBench;
    private final byte[] behind;
    private Stage stage = Stage.PAGES;
    private byte[] current;
    private int at;
    private int end;

    private enum Stage {
        PAGES,
        BEHIND,
        ENDED
    }

    /**
     * Opens an image.
     *
     * @param packs stays open until this is closed, and is closed with it
     * @param name the checkpoint's pack
     * @param expectedRoot what the checkpoint says of its image
     * @param pagesEnd the first page frame that is none of the memory's
     */
    public ImageUnpacker(Packs packs, String name, String expectedRoot, long pagesEnd) throws IOException {
        this.packs = packs;
        this.name = name;
        this.expectedRoot = expectedRoot;
        this.pack = packs.number(name);
        PageMap map = PageMap.of(packs, name);
        this.range = new PageRange(0, Math.min(map.pfnEnd(), pagesEnd));
        this.ownBench = new Workbench(packs);
        this.pages = new UnpackedPages(packs, map, ownBench, range, root);
        this.current = section(Section.RECORDS_BEFORE);
        this.end = current.length;
        this.behind = section(Section.RECORDS_BEHIND);
        root.records(current);
        root.records(behind);
        if (range.isEmpty()) {
            // Nothing comes after the records, which are the whole image.
            checkRoot();
        }
    }

    /** Reads the definition that a pack holds. */
    public static byte[] definition(Packs packs, String name) throws IOException {
        try (Workbench bench = new Workbench(packs)) {
            return section(bench, packs, packs.number(name), Section.DEFINITION);
        }
    }

    private byte[] section(Section section) throws IOException {
        return section(ownBench, packs, pack, section);
    }

    private static byte[] section(Workbench bench, Packs packs, int pack, Section section) throws IOException {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        int blocks = packs.pack(pack).blocks(section);
        for (int block = 0; block < blocks; block++) {
            content.write(bench.block(pack, section, block));
        }
        return content.toByteArray();
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, target.length);
        if (length == 0) {
            return 0;
        }
        while (at == end) {
            if (!advance()) {
                return -1;
            }
        }
        int count = Math.min(length, end - at);
        System.arraycopy(current, at, target, offset, count);
        at += count;
        return count;
    }

    /** Fetches the next piece of the stream. The last piece is handed out only when all of it was right. */
    private boolean advance() throws IOException {
        switch (stage) {
            case PAGES -> {
                UnpackedPages.Chunk chunk = pages.next();
                if (chunk != null) {
                    use(chunk.stream.bytes, chunk.stream.length);
                    return true;
                }
                if (!range.isEmpty()) {
                    checkRoot();
                }
                stage = Stage.BEHIND;
                use(behind, behind.length);
                return true;
            }
            case BEHIND -> {
                stage = Stage.ENDED;
                return false;
            }
            default -> {
                return false;
            }
        }
    }

    private void checkRoot() throws DamagedPack {
        if (!root.end().equals(expectedRoot)) {
            throw new DamagedPack("the image in pack '" + name + "' is not the one that was stored");
        }
    }

    private void use(byte[] bytes, int length) {
        current = bytes;
        at = 0;
        end = length;
    }

    @Override
    public void close() throws IOException {
        pages.close();
        ownBench.close();
        packs.close();
    }
}
