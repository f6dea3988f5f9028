package org.vfrt.core.store;

import java.io.IOException;
import java.nio.file.Path;
import org.vfrt.core.checkpoint.Incoming;
import org.vfrt.core.image.LibxlHeader;
import org.vfrt.core.image.PassOn;
import org.vfrt.core.image.StreamVisitor;

/** The part of a store's file system that no checkpoint takes, however wrong was what it was thought to need. */
record Reserve(Path store, long bytes) {

    /** 16 MiB of pages between two looks; less than any reserve worth having. */
    private static final int PAGES_BETWEEN_LOOKS = 4096;

    /** Returns the bytes that are free beside the reserve. */
    long freeBytes() throws IOException {
        return Math.max(0, FreeSpace.bytes(store) - bytes);
    }

    /** Hands everything on, until the reserve would be touched. */
    StreamVisitor guarding(StreamVisitor image) {
        return bytes == 0 ? image : new Guarded(image);
    }

    /** The same for a disk. */
    Incoming.IncomingDisk guarding(Incoming.IncomingDisk disk) {
        return bytes == 0 ? disk : new GuardedDisk(disk);
    }

    private void demandRoom() throws IOException {
        if (freeBytes() == 0) {
            throw new IOException("no space left beside the " + (bytes >> 20) + " MiB held in reserve");
        }
    }

    /** Looks before each piece, which has megabytes. */
    private final class GuardedDisk implements Incoming.IncomingDisk {

        private final Incoming.IncomingDisk disk;

        GuardedDisk(Incoming.IncomingDisk disk) {
            this.disk = disk;
        }

        @Override
        public boolean buildsOnBefore() throws IOException {
            return disk.buildsOnBefore();
        }

        @Override
        public void unchanged(long at, long length) throws IOException {
            disk.unchanged(at, length);
        }

        @Override
        public void data(long at, byte[] buffer, int offset, int length) throws IOException {
            demandRoom();
            disk.data(at, buffer, offset, length);
        }
    }

    /** For one thread. */
    private final class Guarded extends PassOn {

        private int pages;

        Guarded(StreamVisitor image) {
            super(image);
        }

        @Override
        public void libxlHeader(LibxlHeader header) throws IOException {
            demandRoom();
            super.libxlHeader(header);
        }

        @Override
        public void page(long entry, byte[] buffer, int offset) throws IOException {
            if (++pages % PAGES_BETWEEN_LOOKS == 0) {
                demandRoom();
            }
            super.page(entry, buffer, offset);
        }
    }
}
