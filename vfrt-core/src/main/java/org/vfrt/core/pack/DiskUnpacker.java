package org.vfrt.core.pack;

import java.io.IOException;

/** The content of a disk, as a checkpoint holds it behind the memory. For one thread. */
public final class DiskUnpacker implements AutoCloseable {

    private final Packs packs;
    private final String name;
    private final Workbench bench;
    private final UnpackedPages pages;
    private final PageRange range;
    private final ImageRoot root = new ImageRoot();
    private final String expectedRoot;

    /** Hears what is on the disk, in ascending order, in whole pages. What it hears nothing of holds zeros. */
    @FunctionalInterface
    public interface Listener {
        void data(long at, byte[] buffer, int offset, int length) throws IOException;
    }

    /**
     * Opens it.
     *
     * @param packs stays open until this is closed, and is closed with it
     * @param name the checkpoint's pack
     * @param firstPage where in the checkpoint's map the disk begins
     * @param root what the checkpoint says of it
     */
    public DiskUnpacker(Packs packs, String name, long firstPage, long sizeBytes, String root) throws IOException {
        this.packs = packs;
        this.name = name;
        PageMap map = PageMap.of(packs, name);
        this.range = new PageRange(firstPage, Math.min(map.pfnEnd(), firstPage + Page.count(sizeBytes)));
        this.bench = new Workbench(packs);
        this.pages = new UnpackedPages(packs, map, bench, range, this.root);
        this.expectedRoot = root;
    }

    /**
     * Reads all of it. When it returns, the listener has been told what was stored, and nothing else.
     *
     * @throws DamagedPack when that cannot be had
     */
    public void to(Listener listener) throws IOException {
        for (UnpackedPages.Chunk chunk = pages.next(); chunk != null; chunk = pages.next()) {
            int from = 0;
            while (from < chunk.count) {
                int end = from + 1;
                while (end < chunk.count && follows(chunk, end)) {
                    end++;
                }
                listener.data(
                        (chunk.pfns[from] - range.from()) * Page.BYTES,
                        chunk.stream.bytes,
                        chunk.pagesAt[from],
                        (end - from) * Page.BYTES);
                from = end;
            }
        }
        if (!root.end().equals(expectedRoot)) {
            throw new DamagedPack("a disk in pack '" + name + "' is not the one that was stored");
        }
    }

    private static boolean follows(UnpackedPages.Chunk chunk, int page) {
        return chunk.pfns[page] == chunk.pfns[page - 1] + 1
                && chunk.pagesAt[page] == chunk.pagesAt[page - 1] + Page.BYTES;
    }

    @Override
    public void close() throws IOException {
        pages.close();
        bench.close();
        packs.close();
    }
}
