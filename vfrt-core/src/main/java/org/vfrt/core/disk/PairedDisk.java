package org.vfrt.core.disk;

/**
 * A disk's state at the instant that an image shows. It stays where the disk is; what the checkpoint holds is what it is known by.
 *
 * @param target what the guest knows the disk by
 * @param path of the disk in the guest's definition
 * @param identity of the disk that the snapshot was taken of
 * @param snapshot what the engine knows the snapshot by: {@code GROUP/VOLUME}, or a path
 * @param snapshotIdentity what tells the snapshot from everything else that may come to bear its name
 */
public record PairedDisk(
        String target,
        String path,
        Engine engine,
        String identity,
        long sizeBytes,
        String snapshot,
        String snapshotIdentity) {}
