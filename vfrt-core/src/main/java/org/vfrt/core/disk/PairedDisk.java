package org.vfrt.core.disk;

import java.util.Optional;

/**
 * A disk's state at the instant that an image shows: a snapshot, which stays where the disk is, and where that was asked for its content, in the
 * checkpoint's store.
 *
 * @param target what the guest knows the disk by
 * @param path of the disk in the guest's definition
 * @param identity of the disk that the snapshot was taken of
 * @param snapshot what the engine knows the snapshot by: {@code GROUP/VOLUME}, or a path
 * @param snapshotIdentity what tells the snapshot from everything else that may come to bear its name
 * @param content what the store holds of it; with it the snapshot may be gone
 */
public record PairedDisk(
        String target,
        String path,
        Engine engine,
        String identity,
        long sizeBytes,
        String snapshot,
        String snapshotIdentity,
        Optional<DiskContent> content) {

    /** A disk of which there is a snapshot only. */
    public PairedDisk(
            String target,
            String path,
            Engine engine,
            String identity,
            long sizeBytes,
            String snapshot,
            String snapshotIdentity) {
        this(target, path, engine, identity, sizeBytes, snapshot, snapshotIdentity, Optional.empty());
    }

    /** Returns the same with its content in the store. */
    public PairedDisk with(DiskContent stored) {
        return new PairedDisk(
                target, path, engine, identity, sizeBytes, snapshot, snapshotIdentity, Optional.of(stored));
    }

    /** Returns the same state as another snapshot. */
    public PairedDisk as(String otherSnapshot, String otherIdentity) {
        return new PairedDisk(target, path, engine, identity, sizeBytes, otherSnapshot, otherIdentity, content);
    }
}
