package org.vfrt.core.checkpoint;

import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import org.vfrt.core.disk.ContentSink;
import org.vfrt.core.failure.Reason;

/**
 * Keeps checkpoints. A checkpoint is visible only when it is complete and durable. Several readers, and several writers of
 * different checkpoints, at once.
 *
 * <p>Every method throws {@link org.vfrt.core.failure.Failed} when the storage itself fails.
 */
public interface CheckpointStore {

    /**
     * Opens the place for a checkpoint in the making, which nobody else sees.
     *
     * @param guest whose it is: what its checkpoint before holds already need not be kept again
     */
    default Incoming begin(CheckpointId id, UUID guest) {
        return begin(id, guest, Optional.empty());
    }

    /**
     * The same, as a difference to one of the guest's checkpoints.
     *
     * @param base which one, where that can be built on; empty for the newest of them
     */
    Incoming begin(CheckpointId id, UUID guest, Optional<CheckpointId> base);

    /** Returns the manifests of all complete checkpoints, oldest first. Checkpoints with an unreadable manifest are left out. */
    List<Manifest> list();

    /** Returns the names of entries that look like checkpoints and whose manifest cannot be read. */
    List<String> unreadable();

    /** Returns both of the above, read once. */
    default Listing listing() {
        return new Listing(list(), unreadable());
    }

    /**
     * What a store holds.
     *
     * @param manifests of all complete checkpoints, oldest first
     * @param unreadable names of entries that look like checkpoints and whose manifest cannot be read
     */
    record Listing(List<Manifest> manifests, List<String> unreadable) {}

    /**
     * Returns one manifest.
     *
     * @throws org.vfrt.core.failure.NotFound when there is no such checkpoint
     * @throws org.vfrt.core.failure.Damaged when its manifest cannot be read
     */
    Manifest manifest(CheckpointId id);

    /**
     * Returns the guest's XML.
     *
     * @throws org.vfrt.core.failure.Damaged when it is not what the manifest says
     */
    String definition(CheckpointId id);

    /**
     * Opens the image. The stream checks what it hands out: at the end of the image it throws {@link DamagedImage} instead of
     * returning -1 when a byte was wrong or missing.
     */
    InputStream image(CheckpointId id);

    /**
     * Reads the content of a disk that the checkpoint holds.
     *
     * @param target what the guest knows the disk by
     * @throws DamagedImage when a byte was wrong or missing; else what the sink throws
     */
    void disk(CheckpointId id, String target, ContentSink sink) throws IOException;

    /**
     * Makes sure that the store as a whole can be read: that it is given the key it was made with, and knows what it was made with. What is
     * read of a store that cannot looks damaged.
     *
     * @throws org.vfrt.core.failure.Failure when it cannot, which says nothing of its checkpoints
     */
    void unlock();

    /**
     * Notes that a checkpoint was read to its last byte and found whole. It replaces an earlier note.
     *
     * @throws org.vfrt.core.failure.NotFound when there is no such checkpoint
     */
    void noteVerified(CheckpointId id, Instant when);

    /**
     * Notes that a checkpoint turned out to be damaged, and takes back that it was ever found whole. Later captures keep everything
     * anew instead of building on what may be lost.
     *
     * @param when it was found out
     */
    void noteDamaged(CheckpointId id, Instant when);

    /** Returns when each checkpoint that has such a note was last found whole. A note that cannot be read counts as none. */
    Map<CheckpointId, Instant> verified();

    /**
     * Returns when each checkpoint that has such a note was found damaged, and not whole since. A note that cannot be read counts as none:
     * whoever reads that checkpoint finds it out again.
     */
    Map<CheckpointId, Instant> damaged();

    /** Removes a checkpoint: first from sight, then from the disk; and the notes about it. */
    void delete(CheckpointId id);

    /** Removes what a dead process left behind of a checkpoint in the making; nothing happens when there is nothing. */
    void discard(CheckpointId id);

    /**
     * Returns what tells this store from every other, wherever it is.
     *
     * @throws org.vfrt.core.failure.Failed when nothing was ever stored in it
     */
    UUID identity();

    /**
     * Returns the checkpoints that are being made.
     *
     * @return empty when others may be made that cannot be seen from here
     */
    Optional<Set<CheckpointId>> making();

    /** Returns where this store is, so that another process can tell whether it has the same one; empty when that has no name. */
    default String location() {
        return "";
    }

    /** Returns why nothing at all can be stored, as far as that can be told without storing something. */
    default Optional<Reason> notWritable() {
        return Optional.empty();
    }

    /**
     * Returns what a checkpoint takes by itself, beside what it shares with those before it; empty when that is not known, or when nothing
     * is built on it any more. From it can be guessed what the guest's next one will take.
     */
    default OptionalLong addedBytes(CheckpointId id) {
        return OptionalLong.empty();
    }

    /** Returns the bytes that can still be stored, without what is held in reserve. */
    long freeBytes();
}
