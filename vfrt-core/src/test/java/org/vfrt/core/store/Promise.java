package org.vfrt.core.store;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.vfrt.core.checkpoint.CheckpointId;

/**
 * What a store must hold after a crash.
 *
 * @param sure checkpoints that are there, and the generation of their guest's memory
 * @param open checkpoints that are there whole, or not at all
 * @param marked checkpoints that must be marked as verified, as long as they are there
 * @param openlyMarked those that may be
 * @param unsettled captures that did not come to their end
 */
public record Promise(
        Map<CheckpointId, Integer> sure,
        Map<CheckpointId, Integer> open,
        Set<CheckpointId> marked,
        Set<CheckpointId> openlyMarked,
        Set<CheckpointId> unsettled) {

    public static final Promise NOTHING = new Promise(Map.of(), Map.of(), Set.of(), Set.of(), Set.of());

    /** Returns the same while a deed is being done. */
    public Promise during(Deed deed) {
        Promise during = copy();
        if (deed instanceof Deed.Take take) {
            during.open.put(take.id(), take.generation());
            during.unsettled.add(take.id());
        } else if (deed instanceof Deed.Delete delete) {
            Optional.ofNullable(during.sure.remove(delete.id()))
                    .ifPresent(generation -> during.open.put(delete.id(), generation));
            if (during.marked.remove(delete.id())) {
                during.openlyMarked.add(delete.id());
            }
        } else if (deed instanceof Deed.Note note) {
            during.openlyMarked.add(note.id());
        }
        return during;
    }

    /** Returns the same when a deed is done. */
    public Promise after(Deed deed) {
        Promise after = copy();
        if (deed instanceof Deed.Take take) {
            after.sure.put(take.id(), take.generation());
        } else if (deed instanceof Deed.Delete delete) {
            after.sure.remove(delete.id());
            after.open.remove(delete.id());
            after.marked.remove(delete.id());
            after.openlyMarked.remove(delete.id());
        } else if (deed instanceof Deed.Note note) {
            after.marked.add(note.id());
        }
        return after;
    }

    /** Returns what is left open as it was found to be; now it is durable. */
    public Promise settled(Set<CheckpointId> there, Set<CheckpointId> marks) {
        Map<CheckpointId, Integer> all = new TreeMap<>(sure);
        all.putAll(open);
        all.keySet().retainAll(there);
        return new Promise(all, new TreeMap<>(), new TreeSet<>(marks), new TreeSet<>(), new TreeSet<>());
    }

    private Promise copy() {
        return new Promise(
                new TreeMap<>(sure),
                new TreeMap<>(open),
                new TreeSet<>(marked),
                new TreeSet<>(openlyMarked),
                new TreeSet<>(unsettled));
    }
}
