package org.vfrt.core.checkpoint;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.journal.GuestLock;
import org.vfrt.core.journal.GuestLocks;

/** Removes one checkpoint for good. */
public final class DeleteCheckpoint {

    /** The name of the operation in locks. */
    public static final String OPERATION = "checkpoint delete";

    private final CheckpointStore store;
    private final GuestLocks locks;
    private final Clock clock;

    public DeleteCheckpoint(CheckpointStore store, GuestLocks locks, Clock clock) {
        this.store = store;
        this.locks = locks;
        this.clock = clock;
    }

    /**
     * Removes it.
     *
     * @param evenTheLast also when the guest has no other
     * @return what was removed; empty when its manifest could not be read, and so nobody can tell
     * @throws Refused when it is the guest's last, or no other one counts, damaged or taken later than now as they are, and {@code evenTheLast} is not set (rule 2)
     * @throws org.vfrt.core.failure.NotFound when there is no such checkpoint
     * @throws org.vfrt.core.failure.Busy when another operation holds the guest
     */
    public Optional<Manifest> run(CheckpointId id, boolean evenTheLast) {
        Optional<Manifest> checked = check(id, evenTheLast, Set.of());
        if (checked.isEmpty()) {
            store.delete(id);
            return Optional.empty();
        }
        Manifest manifest = checked.get();
        // Of two deletions at once, each would count the other's checkpoint as the one that stays; and a restore may be
        // reading it.
        try (GuestLock lock = locks.take(manifest.guestUuid(), manifest.guestName(), OPERATION, Duration.ZERO)) {
            refuseTheLast(manifest, lock.guest(), evenTheLast, Set.of());
            store.delete(id);
        }
        return Optional.of(manifest);
    }

    /**
     * Says whether {@link #run} would remove it, and removes nothing.
     *
     * @param gone what would have been removed before it
     * @return as {@link #run}
     * @throws Refused as {@link #run}
     */
    public Optional<Manifest> check(CheckpointId id, boolean evenTheLast, Set<CheckpointId> gone) {
        if (store.unreadable().contains(id.text())) {
            if (!evenTheLast) {
                throw new Refused(
                        "checkpoint-unreadable",
                        "the manifest of checkpoint '" + id
                                + "' cannot be read, so it may be the last one of its guest",
                        "Look at it first; to remove it all the same, say '--even-the-last'.");
            }
            return Optional.empty();
        }
        Manifest manifest = store.manifest(id);
        refuseTheLast(manifest, manifest.guestUuid(), evenTheLast, gone);
        return Optional.of(manifest);
    }

    private void refuseTheLast(Manifest manifest, UUID guest, boolean evenTheLast, Set<CheckpointId> gone) {
        if (evenTheLast) {
            return;
        }
        List<Manifest> others = store.list().stream()
                .filter(other -> other.guestUuid().equals(guest)
                        && !other.id().equals(manifest.id())
                        && !gone.contains(other.id()))
                .toList();
        Set<CheckpointId> damaged = store.damaged().keySet();
        Instant now = clock.instant();
        // Of damaged ones, too, one stays: it may be read right from a mended disk.
        boolean enough = FindCheckpoint.counts(manifest, damaged, now)
                ? others.stream().anyMatch(other -> FindCheckpoint.counts(other, damaged, now))
                : !others.isEmpty();
        if (!enough) {
            throw new Refused(
                    "last-checkpoint",
                    "checkpoint '" + manifest.id() + "' is the last one of guest '" + manifest.guestName() + "'"
                            + (others.isEmpty() ? "" : " that was neither found damaged nor taken later than now"),
                    "Take a newer one first, or say '--even-the-last'.");
        }
    }
}
