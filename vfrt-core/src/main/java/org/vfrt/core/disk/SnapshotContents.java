package org.vfrt.core.disk;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.pool.Hypervisor;

/**
 * What snapshots hold, read on the hosts that have them, and made again on hosts that do not.
 *
 * <p>Every method throws {@link org.vfrt.core.failure.Temporary} when the host stops answering, and {@link org.vfrt.core.failure.Failed} when it
 * does not do what it is asked for.
 */
public interface SnapshotContents {

    /** Returns why the host cannot tell what snapshots of these disks hold. Changes nothing. */
    List<Reason> unreadable(Hypervisor host, List<SurveyedDisk> disks);

    /** Hears what a snapshot holds, in ascending order. What it hears nothing of holds zeros. */
    interface Listener extends ContentSink {

        /** Hears of a part that holds what the earlier snapshot holds there, zeros too; whole pages. */
        void unchanged(long at, long bytes) throws IOException;
    }

    /**
     * Reads what a snapshot holds.
     *
     * @param earlier another of the same disk. Where the host can tell what differs from it, only that is read; one that is gone, or that somebody
     *     wrote to, is none
     * @return how many bytes were read of the snapshot
     * @throws IOException what the listener throws
     */
    long read(Hypervisor host, PairedDisk snapshot, Optional<PairedDisk> earlier, Listener listener) throws IOException;

    /**
     * Returns why a host cannot make snapshots of such contents. Changes nothing.
     *
     * @param replacing whether they are to take the places of the disks, and are not for a copy beside them
     */
    List<Reason> obstacles(Hypervisor host, List<PairedDisk> disks, boolean replacing);

    /**
     * Returns the snapshot that {@link #bring} makes, for the journal.
     *
     * @param moment tells what is brought this time from all else, and when that was: the form of a checkpoint's id
     */
    PairedDisk planned(PairedDisk disk, SnapshotMark mark, String moment);

    /** Where a content comes from. */
    @FunctionalInterface
    interface Source {
        void to(ContentSink sink) throws IOException;
    }

    /**
     * Makes a snapshot that holds this content, on a host that has no such one. It goes by itself when the source fails, and when vfrt dies in the
     * middle. A whole one is listed as what a restore has kept, and is removed as that.
     *
     * @param planned what {@link #planned} says
     * @return the snapshot with its identity
     * @throws IOException what the source throws
     */
    PairedDisk bring(Hypervisor host, PairedDisk planned, SnapshotMark mark, String moment, Source content)
            throws IOException;
}
