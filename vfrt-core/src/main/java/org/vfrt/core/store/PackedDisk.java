package org.vfrt.core.store;

import java.io.IOException;
import org.vfrt.core.checkpoint.Incoming;
import org.vfrt.core.pack.ImagePacker;

/** The content of a disk on its way into a pack. For one thread. */
record PackedDisk(ImagePacker.DiskPages pages) implements Incoming.IncomingDisk {

    @Override
    public boolean buildsOnBefore() throws IOException {
        return pages.buildsOnBefore();
    }

    @Override
    public void unchanged(long at, long bytes) throws IOException {
        pages.unchanged(at, bytes);
    }

    @Override
    public void data(long at, byte[] buffer, int offset, int length) throws IOException {
        pages.data(at, buffer, offset, length);
    }
}
