package org.vfrt.core.checkpoint;

import java.io.OutputStream;

/** A checkpoint in the making. Closing it without a commit removes every trace of it. For one thread. */
public interface Incoming extends AutoCloseable {

    CheckpointId id();

    /**
     * Returns where the image is written to, once. Writes throw an IOException when the disk is full.
     */
    OutputStream image();

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
        Manifest seal(long imageBytes, String imageSha256, String definitionSha256);
    }
}
