package org.vfrt.core.disk;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;
import org.vfrt.core.pool.Hypervisor;

/** Reads files out of snapshots of disks, on the host that has them, and writes them on this machine. What it needs for that is gone when it is done. */
public interface SnapshotFiles {

    /** The code of a failure because the disk has no such file. */
    String NO_SUCH_FILE = "no-such-file";

    /**
     * What is wanted.
     *
     * @param mark whose the snapshot is
     * @param moment tells this reading from every other: the form of a checkpoint's id
     * @param partition of the disk; empty for the disk as a whole, or the one partition that has all paths
     * @param paths in the file system, as the guest knows them: links among their directories are followed as there. At least one
     */
    record Wish(PairedDisk disk, SnapshotMark mark, String moment, Optional<Integer> partition, List<String> paths) {

        public Wish {
            paths = List.copyOf(paths);
        }
    }

    /**
     * Where they were found.
     *
     * @param type of the file system, as {@code ext4}
     * @param partition of the disk; empty for the disk as a whole
     */
    record Place(String type, Optional<Integer> partition) {}

    /**
     * What was written.
     *
     * @param files how many, with directories and links
     * @param leftOut how many devices, sockets and pipes were passed over
     * @param bytes how many came from the host
     */
    record Copied(Place place, long files, long leftOut, long bytes) {}

    /**
     * Looks whether they are there, and writes nothing.
     *
     * @throws org.vfrt.core.failure.Refused when this disk cannot be read, or not without a partition being named
     * @throws org.vfrt.core.failure.NotFound {@link #NO_SUCH_FILE}
     * @throws org.vfrt.core.failure.Failed when it was tried and did not work
     * @throws org.vfrt.core.failure.Temporary when the host stops answering
     */
    Place look(Hypervisor host, Wish wish);

    /**
     * Writes files, directories and symbolic links, below their full paths. Owners are kept where this process is root; modes are kept.
     *
     * @param directory empty, and nobody else's
     * @param progress hears how many bytes have come
     * @throws org.vfrt.core.failure.Failure as {@link #look}; then what is in the directory is not all
     */
    Copied copy(Hypervisor host, Wish wish, Path directory, LongConsumer progress);
}
