package org.vfrt.core.checkpoint;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.vfrt.core.disk.DiskSnapshots;
import org.vfrt.core.disk.FoundSnapshot;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.pool.Hypervisor;

/** What restores of this store's checkpoints have replaced on a host and kept. */
public final class KeptStates {

    private final DiskSnapshots snapshots;
    private final CheckpointStore store;

    public KeptStates(DiskSnapshots snapshots, CheckpointStore store) {
        this.snapshots = snapshots;
        this.store = store;
    }

    /**
     * Returns them, of all guests, oldest first; none where there is no way to the host's disks.
     *
     * @throws org.vfrt.core.failure.Failure when the host could not be asked
     */
    public List<FoundSnapshot> on(Hypervisor host) {
        UUID mine;
        try {
            mine = store.identity();
        } catch (Failed e) {
            // Nothing was ever stored, so nothing was ever restored.
            return List.of();
        }
        return snapshots.list(host).stream()
                .filter(one -> one.replacedAt().isPresent() && !one.passing())
                .filter(one -> one.mark().store().equals(mine))
                .sorted((one, other) -> one.replacedAt()
                        .orElseThrow()
                        .compareTo(other.replacedAt().orElseThrow()))
                .toList();
    }

    /** Returns until when such a one is kept, if nobody confirms before that it is not needed. */
    public static Instant until(FoundSnapshot kept) {
        return kept.replacedAt().orElseThrow().plus(SweepSnapshots.KEPT);
    }
}
