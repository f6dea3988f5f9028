package org.vfrt.core.checkpoint;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.vfrt.core.disk.DiskSnapshots;
import org.vfrt.core.disk.PairedDisk;
import org.vfrt.core.disk.SnapshotMark;
import org.vfrt.core.disk.SurveyedDisk;
import org.vfrt.core.pool.Definition;
import org.vfrt.core.pool.Hypervisor;

/**
 * The disks of one capture: armed before, taken while the guest stands still, kept with the checkpoint or dropped. For one capture; {@link #run} may
 * come from another thread.
 */
final class PairedDisks implements Standstill, AutoCloseable {

    private final Optional<DiskSnapshots.Armed> armed;
    private volatile @Nullable Duration pause;
    private List<PairedDisk> kept = List.of();

    private PairedDisks(Optional<DiskSnapshots.Armed> armed) {
        this.armed = armed;
    }

    /** Gets ready; with no disks there is nothing to be done. */
    static PairedDisks of(DiskSnapshots snapshots, Hypervisor host, SnapshotMark mark, List<SurveyedDisk> disks) {
        return new PairedDisks(disks.isEmpty() ? Optional.empty() : Optional.of(snapshots.arm(host, mark, disks)));
    }

    /** For a checkpoint of memory alone. */
    static PairedDisks none() {
        return new PairedDisks(Optional.empty());
    }

    @Override
    public void run() {
        armed.ifPresent(one -> pause = one.take());
    }

    /** Makes them belong to the checkpoint, once the image is known to be whole. */
    void keep() {
        if (armed.isPresent()) {
            if (pause == null) {
                throw new IllegalStateException("the capture had no moment in which the guest stood still");
            }
            kept = armed.get().keep();
        }
    }

    List<PairedDisk> kept() {
        return kept;
    }

    Duration pause() {
        Duration took = pause;
        return took == null ? Duration.ZERO : took;
    }

    /** Returns the targets of the writable disks that are not part of the checkpoint. */
    List<String> unpaired(Definition definition) {
        List<String> paired = kept.stream().map(PairedDisk::target).toList();
        return definition.writableDisks().stream()
                .filter(target -> !paired.contains(target))
                .toList();
    }

    @Override
    public void close() {
        armed.ifPresent(DiskSnapshots.Armed::close);
    }
}
