package org.vfrt.core.checkpoint;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.vfrt.core.disk.DiskSnapshots;
import org.vfrt.core.disk.Engine;
import org.vfrt.core.disk.FoundSnapshot;
import org.vfrt.core.disk.PairedDisk;
import org.vfrt.core.disk.SnapshotMark;
import org.vfrt.core.failure.Damaged;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.journal.JournalEntry;
import org.vfrt.core.pool.Hypervisor;

/**
 * Snapshots that are made on a host of what the store holds, where the host has none, and that are there for as long as something is made of them. They are
 * in the journal before they are made, so that another process can remove them. For one operation.
 */
public final class BroughtSnapshots {

    /** What is removed is known by its name. */
    private static final UUID NOBODY = new UUID(0, 0);

    private final DiskSnapshots snapshots;
    private final Hypervisor host;
    private List<PairedDisk> brought = List.of();

    BroughtSnapshots(DiskSnapshots snapshots, Hypervisor host) {
        this.snapshots = snapshots;
        this.host = host;
    }

    /**
     * Makes them.
     *
     * @param disks with contents in the store
     * @param mark whose they are
     * @param moment tells them from those of every other operation
     * @return the disks as the snapshots that were made of them
     * @throws org.vfrt.core.failure.Failure when one was not made; those before it are there until {@link #forget}
     */
    List<PairedDisk> bring(
            List<PairedDisk> disks,
            CheckpointStore store,
            CheckpointId id,
            SnapshotMark mark,
            String moment,
            JournalEntry entry,
            Progress progress) {
        if (disks.isEmpty()) {
            return List.of();
        }
        List<PairedDisk> planned = disks.stream()
                .map(disk -> snapshots.contents().planned(disk, mark, moment))
                .toList();
        entry.note(
                Unfinished.BROUGHT,
                NotedRows.of(planned.stream().map(one -> List.of(one.engine().name(), one.snapshot()))));
        brought = planned;
        List<PairedDisk> made = new ArrayList<>();
        for (PairedDisk disk : planned) {
            made.add(brought(store, id, disk, mark, moment, progress));
        }
        return made;
    }

    private PairedDisk brought(
            CheckpointStore store,
            CheckpointId id,
            PairedDisk planned,
            SnapshotMark mark,
            String moment,
            Progress progress) {
        try {
            return snapshots
                    .contents()
                    .bring(
                            host,
                            planned,
                            mark,
                            moment,
                            sink -> store.disk(id, planned.target(), (at, buffer, offset, length) -> {
                                sink.data(at, buffer, offset, length);
                                progress.at(planned.target(), at + length, planned.sizeBytes());
                            }));
        } catch (DamagedImage e) {
            throw new Damaged(
                    "checkpoint-damaged",
                    String.valueOf(e.getMessage()) + "; nothing was replaced",
                    "Take another checkpoint of the guest.",
                    e);
        } catch (IOException e) {
            throw new Failed(
                    "disk-not-brought",
                    "disk '" + planned.target() + "' of checkpoint '" + id + "' did not get to host '"
                            + host.host().name() + "': " + e.getMessage() + "; nothing was replaced",
                    "Look at the room and the disks there, then try again.",
                    e);
        }
    }

    /** Returns whether there may be any. */
    boolean any() {
        return !brought.isEmpty();
    }

    /** Removes them once they are not needed. What cannot be removed goes by its age, and is told of. */
    List<String> forget() {
        try {
            remove(brought.stream().map(one -> List.of(one.engine().name(), one.snapshot())));
            brought = List.of();
            return List.of();
        } catch (Failure e) {
            return List.of("snapshots that were made for this on host '"
                    + host.host().name() + "' were not removed: " + e.getMessage()
                    + "; 'vfrt store gc' removes them after "
                    + SweepSnapshots.KEPT.toDays() + " days");
        }
    }

    /** Removes what an operation that died had made, or was about to make. Idempotent. */
    public static void settle(DiskSnapshots snapshots, JournalEntry entry, Hypervisor host) {
        new BroughtSnapshots(snapshots, host)
                .remove(NotedRows.in(entry.fact(Unfinished.BROUGHT)).map(List::of));
    }

    private void remove(Stream<List<String>> rows) {
        List<FoundSnapshot> found = rows.map(row -> new FoundSnapshot(
                        Engine.valueOf(row.get(0)), row.get(1), new SnapshotMark(NOBODY, "", NOBODY), Optional.empty()))
                .toList();
        if (!found.isEmpty()) {
            snapshots.remove(host, found);
        }
    }
}
