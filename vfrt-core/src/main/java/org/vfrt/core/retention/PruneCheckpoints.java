package org.vfrt.core.retention;

import java.time.Clock;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.vfrt.core.checkpoint.CheckpointId;
import org.vfrt.core.checkpoint.CheckpointStore;
import org.vfrt.core.checkpoint.Manifest;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.NotFound;
import org.vfrt.core.journal.GuestLock;
import org.vfrt.core.journal.GuestLocks;

/**
 * Removes the checkpoints of one guest that its rules do not keep. The guest itself may be long gone. A checkpoint whose manifest
 * cannot be read is neither counted nor removed: nobody can tell whose it is.
 */
public final class PruneCheckpoints {

    /** The name of the operation in locks. */
    public static final String OPERATION = "checkpoint prune";

    private final CheckpointStore store;
    private final GuestLocks locks;
    private final Clock clock;
    private final ZoneId zone;

    /** @param zone whose hours, days, weeks, months and years count */
    public PruneCheckpoints(CheckpointStore store, GuestLocks locks, Clock clock, ZoneId zone) {
        this.store = store;
        this.locks = locks;
        this.clock = clock;
        this.zone = zone;
    }

    /**
     * What was decided and done.
     *
     * @param verdicts for each checkpoint, oldest first
     * @param removed those that are gone; empty on a dry run
     * @param failure what kept the rest of those that were to go from being removed
     */
    public record Outcome(List<Verdict> verdicts, List<Manifest> removed, Optional<Failure> failure) {}

    /**
     * Decides, and removes unless it is a dry run.
     *
     * @param guestName for the message when the guest is busy
     * @param lockWait how long to wait for another operation on the guest
     * @throws org.vfrt.core.failure.Busy when another operation holds the guest; nothing was removed
     */
    public Outcome run(UUID guest, String guestName, KeepRules rules, boolean dryRun, Duration lockWait) {
        List<Verdict> foreseen = decide(guest, rules);
        if (dryRun || foreseen.stream().allMatch(Verdict::stays)) {
            // Where nothing goes nobody is kept waiting, and nobody who is busy is in the way.
            return new Outcome(foreseen, List.of(), Optional.empty());
        }
        // A restore may be reading what is to go, and of two prunings at once with other rules each would count on what
        // the other removes. So the decision is made under the lock too.
        try (GuestLock lock = locks.take(guest, guestName, OPERATION, lockWait)) {
            return remove(decide(lock.guest(), rules));
        }
    }

    private List<Verdict> decide(UUID guest, KeepRules rules) {
        List<Manifest> checkpoints = store.list().stream()
                .filter(manifest -> manifest.guestUuid().equals(guest))
                .toList();
        return new DecideRetention(rules, zone)
                .run(checkpoints, store.verified().keySet(), store.damaged().keySet(), clock.instant());
    }

    private Outcome remove(List<Verdict> verdicts) {
        List<Manifest> removed = new ArrayList<>();
        for (Verdict verdict : verdicts) {
            if (verdict.stays()) {
                continue;
            }
            CheckpointId id = verdict.manifest().id();
            try {
                deleteIfThere(id);
                removed.add(verdict.manifest());
            } catch (Failure e) {
                // What fails for one fails for the next: a file system that is read-only, or a disk that is dying.
                return new Outcome(verdicts, removed, Optional.of(e));
            }
        }
        return new Outcome(verdicts, removed, Optional.empty());
    }

    private void deleteIfThere(CheckpointId id) {
        try {
            store.delete(id);
        } catch (NotFound e) {
            // Gone already, which is what was wanted.
        }
    }
}
