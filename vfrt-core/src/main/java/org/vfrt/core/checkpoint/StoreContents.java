package org.vfrt.core.checkpoint;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.vfrt.core.disk.PairedDisk;
import org.vfrt.core.disk.SnapshotContents;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.pool.Hypervisor;

/**
 * Brings what the snapshots of a checkpoint hold into the store. The guest runs meanwhile. What did not change since the checkpoint before that has
 * the same disks is neither read nor stored again.
 */
final class StoreContents {

    private final SnapshotContents contents;
    private final Hypervisor host;
    private final Incoming incoming;
    private final Progress progress;

    StoreContents(SnapshotContents contents, Hypervisor host, Incoming incoming, Progress progress) {
        this.contents = contents;
        this.host = host;
        this.incoming = incoming;
        this.progress = progress;
    }

    /** Returns the newest checkpoint of those that holds the contents of disks, to build on. */
    static Optional<Manifest> base(List<Manifest> ofGuest) {
        return ofGuest.stream()
                .filter(manifest -> !manifest.storedDisks().isEmpty())
                .max(FindCheckpoint.OLDEST_FIRST);
    }

    /**
     * Does it.
     *
     * @param disks of this checkpoint, whose snapshots are kept
     * @param base the checkpoint that was asked to be built on
     * @return a sentence for each disk
     * @throws org.vfrt.core.failure.Failure when one could not be read or kept
     */
    List<String> run(List<PairedDisk> disks, Optional<Manifest> base) {
        List<PairedDisk> before = base.filter(
                        one -> incoming.buildsOn().filter(one.id()::equals).isPresent())
                .map(Manifest::storedDisks)
                .orElse(List.of());
        List<String> sentences = new ArrayList<>();
        for (PairedDisk disk : disks) {
            Optional<PairedDisk> earlier =
                    before.stream().filter(one -> isSameDisk(one, disk)).findFirst();
            sentences.add(store(disk, earlier));
        }
        return sentences;
    }

    /** Blocks at the same place are the same only on the same disk. A revert makes another volume or file of it, so its identity may be another. */
    private static boolean isSameDisk(PairedDisk earlier, PairedDisk disk) {
        return earlier.target().equals(disk.target())
                && earlier.sizeBytes() == disk.sizeBytes()
                && earlier.engine() == disk.engine()
                && earlier.path().equals(disk.path());
    }

    private String store(PairedDisk disk, Optional<PairedDisk> earlier) {
        try {
            Incoming.IncomingDisk kept = incoming.disk(disk.sizeBytes(), earlier.flatMap(PairedDisk::content));
            Optional<PairedDisk> base = earlier.isPresent() && kept.buildsOnBefore() ? earlier : Optional.empty();
            long read = contents.read(host, disk, base, new Watched(kept, disk));
            return "disk '" + disk.target() + "': " + (read >> 10) + " KiB of " + (disk.sizeBytes() >> 10)
                    + " KiB were read";
        } catch (IOException e) {
            throw new NotKept(e)
                    .failure()
                    .orElseGet(() -> new Failed(
                            "store-full",
                            "the content of disk '" + disk.target() + "' could not be written: " + e.getMessage()
                                    + "; the checkpoint was dropped",
                            "Make room in the store, then try again; '--disks reference' leaves the content where it is.",
                            e));
        }
    }

    private final class Watched implements SnapshotContents.Listener {

        private final Incoming.IncomingDisk kept;
        private final PairedDisk disk;

        Watched(Incoming.IncomingDisk kept, PairedDisk disk) {
            this.kept = kept;
            this.disk = disk;
        }

        @Override
        public void unchanged(long at, long bytes) throws IOException {
            kept.unchanged(at, bytes);
            progress.at(disk.target(), at + bytes, disk.sizeBytes());
        }

        @Override
        public void data(long at, byte[] buffer, int offset, int length) throws IOException {
            kept.data(at, buffer, offset, length);
            progress.at(disk.target(), at + length, disk.sizeBytes());
        }
    }
}
