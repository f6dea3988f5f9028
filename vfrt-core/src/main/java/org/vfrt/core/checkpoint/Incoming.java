package org.vfrt.core.checkpoint;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.vfrt.core.disk.DiskContent;
import org.vfrt.core.disk.SnapshotContents;
import org.vfrt.core.image.StreamVisitor;

/** A checkpoint in the making. Closing it without a commit removes every trace of it. For one thread. */
public interface Incoming extends AutoCloseable {

    CheckpointId id();

    /**
     * Returns who is to be told of the image's stream, once. It must be checked before: the store believes what it hears. What it is
     * told throws an IOException when it cannot be kept.
     */
    StreamVisitor stream();

    /** Keeps an image that is no stream of Xen's, in place of {@link #stream}. It is small. */
    void opaque(byte[] image) throws IOException;

    /** Returns the checkpoint that this one is a difference to, if there is one. */
    Optional<CheckpointId> buildsOn();

    /**
     * Begins the content of a disk, once the image is complete. The disk before is complete then.
     *
     * @param known what the checkpoint that this one builds on has of it
     */
    IncomingDisk disk(long sizeBytes, Optional<DiskContent> known) throws IOException;

    /** The content of a disk, told in ascending order. What it is not told of holds zeros. */
    interface IncomingDisk extends SnapshotContents.Listener {

        /** Returns whether what did not change since the checkpoint before need not be told. */
        boolean buildsOnBefore() throws IOException;
    }

    /**
     * Makes everything durable and only then visible.
     *
     * @param definition the guest's XML
     * @param manifest builds the manifest from the hashes of what was written
     */
    Manifest commit(String definition, Sealing manifest);

    @Override
    void close();

    /** Builds a manifest around what the store found out while writing. */
    @FunctionalInterface
    interface Sealing {
        /**
         * @param imageBytes the length of the image as it will come out again
         * @param imageRoot what it is known by
         * @param disks what is held of each disk, in the order in which they were begun
         */
        Manifest seal(long imageBytes, String imageRoot, String definitionSha256, List<DiskContent> disks);
    }
}
