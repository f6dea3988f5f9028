package org.vfrt.core.checkpoint;

import java.io.IOException;
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
         */
        Manifest seal(long imageBytes, String imageRoot, String definitionSha256);
    }
}
