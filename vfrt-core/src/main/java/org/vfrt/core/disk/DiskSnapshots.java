package org.vfrt.core.disk;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.pool.Disk;
import org.vfrt.core.pool.Hypervisor;

/**
 * Snapshots of disks on the hosts that have them. Existing engines make them; this only drives those.
 *
 * <p>Every method throws {@link org.vfrt.core.failure.Temporary} when the host stops answering, and {@link org.vfrt.core.failure.Failed} when it
 * does not do what it is asked for.
 */
public interface DiskSnapshots {

    /** As long may taking them last, whoever does it: less than the endpoint lets a guest stand still for. */
    Duration TAKING_MAX = Duration.ofSeconds(20);

    /** The code of a failure because a copy's disk would have the name of something that is there; nothing was done. */
    String COPY_EXISTS = "copy-exists";

    /** Asks the host which of these disks can be paired with an image, and why not. Changes nothing. */
    List<SurveyedDisk> survey(Hypervisor host, List<Disk> disks);

    /** What the identity of a thin volume begins with: it is there wherever its group is seen, and its pool must be in use on one host only. */
    String THIN = "thin:";

    /** The code of a reason that says only that the host could not be asked. */
    String NOT_ASKED = "host-not-asked";

    /**
     * Returns for each path what tells the disk behind it from every other, the same on all hosts that see it. Two hosts that say the same see the same
     * disk; that a path exists on both says nothing. Changes nothing.
     *
     * @return in the order of the paths; empty where there is no such thing, as of a disk of the host's own
     */
    List<Optional<String>> identities(Hypervisor host, List<String> paths);

    /**
     * Returns why nobody else may touch the storage of these snapshots, since this host has it in use: a thin pool that two hosts write to is destroyed.
     * Changes nothing.
     *
     * @return one for each thin disk whose pool is in use there; one with the code {@link #NOT_ASKED} when that could not be found out
     */
    List<Reason> heldBy(Hypervisor host, List<PairedDisk> disks);

    /**
     * Gets everything ready on the host, so that the moment itself is short. Takes nothing yet.
     *
     * @param disks each with a place
     */
    Armed arm(Hypervisor host, SnapshotMark mark, List<SurveyedDisk> disks);

    /** Snapshots about to be taken. What was taken and not kept goes with it, also when vfrt dies. For one thread at a time. */
    interface Armed extends AutoCloseable {

        /**
         * Takes all of them. To be called while the guest stands still.
         *
         * @return how long it took, on the host itself where that is known
         * @throws org.vfrt.core.failure.Failure when one was not taken; then none is left
         */
        Duration take();

        /**
         * Leaves them there for good.
         *
         * @return what they are known by, in the order of the disks
         */
        List<PairedDisk> keep();

        @Override
        void close();
    }

    /**
     * Returns why this host cannot give a guest these states of its disks. Changes nothing.
     *
     * @param replacing whether they are to take the places of the disks, and are not for a copy beside them
     */
    List<Reason> obstacles(Hypervisor host, List<PairedDisk> disks, boolean replacing);

    /**
     * Puts the states of a checkpoint in the places of the disks. What was there is kept, as {@link #planned} says. The guest must not run.
     *
     * @param mark whose what is kept is
     * @param moment tells what is kept this time from what was kept before, and when that was: the form of a checkpoint's id
     * @throws org.vfrt.core.failure.Failed when one was not replaced; then {@link #putBack} is to be called
     */
    void revert(Hypervisor host, List<PairedDisk> disks, SnapshotMark mark, String moment);

    /** Returns what {@link #revert} replaces and keeps, without doing anything: for the journal, which comes first. */
    List<ReplacedDisk> planned(List<PairedDisk> disks, SnapshotMark mark, String moment);

    /** Puts what was kept back in its place, and throws away what took it: no guest has run over it. Idempotent; what was never replaced stays. */
    void putBack(Hypervisor host, List<ReplacedDisk> disks);

    /**
     * The same where a guest may have run over what took the place: that is kept in its turn.
     *
     * @param mark whose what is kept then is
     * @param moment as for {@link #revert}
     */
    void exchange(Hypervisor host, List<ReplacedDisk> disks, SnapshotMark mark, String moment);

    /** Returns what {@link #copy} would make, for the journal. */
    List<CopiedDisk> plannedCopies(List<PairedDisk> disks, String copyName);

    /**
     * Makes disks for a second copy of the guest.
     *
     * @throws org.vfrt.core.failure.Failed {@link #COPY_EXISTS}; or any other, after which {@link #removeCopies} is to be called
     */
    void copy(Hypervisor host, List<CopiedDisk> copies);

    /** Removes such disks; one that is gone already is no error. */
    void removeCopies(Hypervisor host, List<CopiedDisk> copies);

    /** Returns the snapshots of checkpoints, and what restores have kept, that a host has. */
    List<FoundSnapshot> list(Hypervisor host);

    /** Returns what reads and brings the contents of such snapshots. */
    SnapshotContents contents();

    /** Removes snapshots; one that is gone already is no error. */
    void remove(Hypervisor host, List<FoundSnapshot> snapshots);
}
