package org.vfrt.core.checkpoint;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.vfrt.core.disk.CopiedDisk;
import org.vfrt.core.disk.DiskSnapshots;
import org.vfrt.core.disk.Engine;
import org.vfrt.core.disk.PairedDisk;
import org.vfrt.core.disk.ReplacedDisk;
import org.vfrt.core.disk.SnapshotMark;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.journal.JournalEntry;
import org.vfrt.core.pool.Hypervisor;

/**
 * The disks of one restore: put in place before the memory, and taken back when that fails. What is about to happen is in the journal first, so that
 * another process can take it back.
 */
final class RestoredDisks {

    private final DiskSnapshots snapshots;
    private final Hypervisor target;
    private final List<PairedDisk> toBring;
    /** In no particular order; those that were brought as the snapshots that were made of them. */
    private List<PairedDisk> disks;

    private final BroughtSnapshots brought;

    RestoredDisks(DiskSnapshots snapshots, Hypervisor target, DiskSources sources) {
        this.snapshots = snapshots;
        this.target = target;
        this.toBring = sources.brought();
        this.brought = new BroughtSnapshots(snapshots, target);
        this.disks = Stream.concat(sources.there().stream(), toBring.stream()).toList();
    }

    /**
     * Makes snapshots on the host of what the store holds, where the host has none. They are what the disks are made of, and are not needed after
     * that.
     *
     * @param mark whose they are
     * @param moment tells them from those of every other restore
     */
    void bring(
            CheckpointStore store,
            CheckpointId id,
            SnapshotMark mark,
            String moment,
            JournalEntry entry,
            Progress progress) {
        List<PairedDisk> made = new ArrayList<>(disks);
        made.removeAll(toBring);
        made.addAll(brought.bring(toBring, store, id, mark, moment, entry, progress));
        disks = List.copyOf(made);
    }

    /** Removes the snapshots that were made for this restore, once the disks are made of them. What cannot be removed goes by its age. */
    List<String> forgetBrought() {
        return brought.forget();
    }

    /** What was done: exactly one of the two lists has something in it, if there are disks at all. */
    private record Done(List<ReplacedDisk> replaced, List<CopiedDisk> copies) {

        static final Done NOTHING = new Done(List.of(), List.of());
    }

    private Done done = Done.NOTHING;

    /** Puts the paired states in the places of the guest's own disks. */
    List<String> revert(SnapshotMark mark, String moment, JournalEntry entry) {
        if (disks.isEmpty()) {
            return List.of();
        }
        List<ReplacedDisk> planned = snapshots.planned(disks, mark, moment);
        entry.note(
                Unfinished.REPLACED,
                NotedRows.of(planned.stream().map(one -> List.of(one.engine().name(), one.origin(), one.kept()))));
        done = new Done(planned, List.of());
        snapshots.revert(target, disks, mark, moment);
        return planned.stream()
                .map(one -> "what was on '" + one.origin() + "', if it was there, is kept as '" + one.kept() + "' for "
                        + SweepSnapshots.KEPT.toDays() + " days")
                .toList();
    }

    /** Makes disks for a second copy. */
    void copy(String copyName, JournalEntry entry) {
        if (disks.isEmpty()) {
            return;
        }
        List<CopiedDisk> copies = snapshots.plannedCopies(disks, copyName);
        entry.note(
                Unfinished.COPIED,
                NotedRows.of(copies.stream()
                        .map(one -> List.of(
                                one.engine().name(), one.target(), one.snapshot(), one.reference(), one.path()))));
        done = new Done(List.of(), copies);
        try {
            snapshots.copy(target, copies);
        } catch (Failed e) {
            if (e.code().equals(DiskSnapshots.COPY_EXISTS)) {
                // What is there is not ours to remove.
                done = Done.NOTHING;
                entry.note(Unfinished.COPIED, "");
            }
            throw e;
        }
    }

    /** Returns the paths of the disks that {@link #copy} makes, by target. */
    Map<String, String> copiedPaths(String copyName) {
        Map<String, String> paths = new HashMap<>();
        snapshots.plannedCopies(disks, copyName).forEach(copy -> paths.put(copy.target(), copy.path()));
        return paths;
    }

    /** Takes it back after a restore that failed with nothing left of the guest. What cannot be taken back now is left to the next command. */
    Failure takenBack(Failure cause, JournalEntry entry) {
        if (done.equals(Done.NOTHING) && !brought.any()) {
            return cause;
        }
        try {
            snapshots.putBack(target, done.replaced());
            snapshots.removeCopies(target, done.copies());
            forgetBrought();
            return cause;
        } catch (Failure e) {
            entry.note(JournalEntry.UNSETTLED, JournalEntry.YES);
            String where = done.replaced().stream()
                    .map(one -> "'" + one.origin() + "' (kept as '" + one.kept() + "')")
                    .collect(Collectors.joining(", "));
            return new Failed(
                    "disks-not-put-back",
                    cause.getMessage() + "; and its disks were not put back, " + where + ": " + e.getMessage(),
                    "'vfrt host check' tries it again. " + cause.hint(),
                    cause);
        }
    }

    /**
     * Takes back what a restore that died did to disks. Idempotent. For when the guest runs nowhere; it may have run since, and what it wrote then is
     * kept.
     */
    static List<String> settle(
            DiskSnapshots snapshots, JournalEntry entry, Hypervisor target, SnapshotMark mark, String moment) {
        List<ReplacedDisk> replaced = NotedRows.in(entry.fact(Unfinished.REPLACED))
                .map(row -> new ReplacedDisk(Engine.valueOf(row[0]), row[1], row[2]))
                .toList();
        List<CopiedDisk> copies = NotedRows.in(entry.fact(Unfinished.COPIED))
                .map(row -> new CopiedDisk(Engine.valueOf(row[0]), row[1], row[2], row[3], row[4]))
                .toList();
        List<String> sentences = new ArrayList<>();
        if (!replaced.isEmpty()) {
            snapshots.exchange(target, replaced, mark, moment);
            sentences.add("its disks are as they were before; what the restore had put there is kept for "
                    + SweepSnapshots.KEPT.toDays() + " days");
        }
        if (!copies.isEmpty()) {
            snapshots.removeCopies(target, copies);
            sentences.add("the disks of the copy were removed");
        }
        BroughtSnapshots.settle(snapshots, entry, target);
        return sentences;
    }

    /** Returns whether a restore was about to do something to disks. */
    static boolean touched(JournalEntry entry) {
        return Stream.of(Unfinished.REPLACED, Unfinished.COPIED, Unfinished.BROUGHT)
                .anyMatch(fact -> entry.fact(fact).isPresent());
    }
}
