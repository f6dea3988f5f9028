package org.vfrt.core.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.vfrt.core.checkpoint.CheckpointId;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.pack.Packs;

/**
 * Where a store's checkpoints and packs are kept, in the store's own words. Knows nothing of what is in them. Durable means: also after
 * a power cut, wherever that is. For any number of threads, processes and, where the place is open to them, machines.
 *
 * <p>An {@link IOException} is about what is stored, or about this machine. A place that does not answer is a {@link Failure} from
 * wherever it is noticed: nobody must take it for damage.
 */
public interface Backend {

    /** What can be locked. */
    enum Lock {
        /** Held for moments: the store changes. */
        CHANGES,
        /** Held by the one collection that runs. */
        COLLECTING,
        /** Held by the one copy into the store that runs. */
        COPYING
    }

    /** Returns where it is, as an operator would write it. */
    String location();

    /** Returns whether both are the same place. */
    boolean isSameAs(Backend other) throws IOException;

    /** Returns whether one of both is a place inside the other, where it would be in the way. */
    default boolean overlaps(Backend other) throws IOException {
        return false;
    }

    /** Returns whether anything was ever written there. */
    boolean exists() throws IOException;

    /** Returns whether there is anything of a checkpoint, complete or not. */
    boolean isUsed() throws IOException;

    /**
     * Refuses to go on where strangers could change what is in the store.
     *
     * @throws org.vfrt.core.failure.Refused when they could
     */
    void demandPrivate();

    /** Makes the place, if it is missing, and makes sure that a store can be kept there. */
    void found() throws IOException;

    /** Makes ready for a checkpoint, as {@link #found} and more. */
    void prepare() throws IOException;

    /** Returns why nothing can be written there, as far as that can be told without writing. */
    Optional<Reason> notWritable();

    /** Returns the checkpoints there are, readable or not. */
    List<CheckpointId> checkpoints() throws IOException;

    /** Returns whether there is such a checkpoint. */
    boolean holds(CheckpointId id) throws IOException;

    /** Returns the deleted checkpoints of which the pack is still there. */
    List<CheckpointId> retired() throws IOException;

    /** Is told whose manifests are going to be read, one after another. */
    default void expect(List<CheckpointId> ids) {}

    /**
     * Reads a manifest.
     *
     * @throws java.nio.file.NoSuchFileException when there is no such checkpoint
     * @throws org.vfrt.core.failure.Damaged when it cannot be read
     */
    byte[] manifest(CheckpointId id) throws IOException;

    /**
     * Opens the place of the packs.
     *
     * @param use what for; as long as it is open, nothing that was opened goes
     */
    Packs.Files packs(Use use);

    /** What packs are opened for. */
    enum Use {
        /** To look at the ends of some. */
        LOOK,
        /** To read pages. */
        READ,
        /** To make another pack that leads to them. */
        CAPTURE,
        /** To find out what is not needed, as the one who removes it. */
        COLLECT
    }

    /** Returns the length of a pack, of a deleted checkpoint too; empty when there is none. */
    OptionalLong packBytes(CheckpointId id) throws IOException;

    /** Returns the length of all that is kept. */
    long bytes() throws IOException;

    /** Returns where packs are made. */
    Spool spool() throws IOException;

    /**
     * Returns whether it takes long to carry a pack there, so that nobody is to be kept waiting meanwhile, and whether packs go that
     * somebody has open, unless it is known what for.
     */
    boolean isFar();

    /** Carries a pack that was made to where it will be kept, before it is committed or put in place. Nobody sees it. */
    default void carry(Making made) throws IOException {}

    /**
     * Makes a checkpoint of a pack that was made: durable, and only then visible. What is left of the making goes. To be called under the
     * lock.
     *
     * @param leadsTo the packs that this one leads to
     * @param opened where those were opened, and still are
     * @throws Failure when one of those is not there any more as it was opened
     */
    void commit(Making made, byte[] manifest, List<String> leadsTo, Packs.Files opened) throws IOException;

    /** Removes what is left of a pack that was not committed, and that nobody makes any more. */
    void discard(CheckpointId id) throws IOException;

    /**
     * Takes a checkpoint out of sight in one step, and keeps its pack. To be called under the lock.
     *
     * @throws java.nio.file.NoSuchFileException when there is no such checkpoint
     */
    void retire(CheckpointId id) throws IOException;

    /** Removes the pack of a deleted checkpoint. To be called under the lock. */
    void forget(CheckpointId id) throws IOException;

    /**
     * Puts a pack that was made in the place of the one of that name. To be called under the lock.
     *
     * @return whether it was done: not where somebody makes a pack that may lead to a page that would go
     */
    boolean replace(Making made) throws IOException;

    /**
     * Returns the deleted checkpoints of which somebody who began before the deletion may still read the pages, or lead to them: what they
     * need is not to go yet. None, where what is open stays.
     */
    default Set<CheckpointId> stillUsed() throws IOException {
        return Set.of();
    }

    /**
     * Makes the names of checkpoints and packs durable as they can be seen: a deletion whose process died before it did so could be
     * undone by a power cut, after its pages were freed. To be called under the lock.
     */
    void makeNamesDurable() throws IOException;

    /** Removes what steps left that were cut short. For the only collection that runs. */
    void sweep() throws IOException;

    /** Returns the notes. */
    Notes notes();

    /** Returns a lock. */
    StoreLock lock(Lock which);

    /** Returns a directory of this machine for the index of pages, which may be missing. */
    Path index() throws IOException;

    /** Says in an operator's words what went wrong. */
    Failure trouble(IOException cause);
}
