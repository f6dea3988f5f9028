package org.vfrt.core.store;

import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.vfrt.core.checkpoint.CheckpointId;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.pack.PackInspection;
import org.vfrt.core.pack.Packs;

/**
 * Looks whether everything in a store is what was written, and says which checkpoints suffer where it is not. Notes that they do, so
 * that nothing is built on them, and changes nothing else.
 */
public final class CheckStore {

    private final PackedStore store;
    private final Clock clock;

    public CheckStore(PackedStore store, Clock clock) {
        this.store = store;
        this.clock = clock;
    }

    /**
     * What was found.
     *
     * @param checkpoints how many there are
     * @param packs how many were looked at
     * @param wrong what is wrong, one sentence each; empty when all is well
     * @param suffering the checkpoints that cannot be restored, and why
     */
    public record Outcome(int checkpoints, int packs, List<String> wrong, Map<String, String> suffering) {}

    /**
     * Checks.
     *
     * @param readData whether every page is read too; without it what is around the pages is
     */
    public Outcome run(boolean readData) {
        List<String> wrong = new ArrayList<>();
        Map<String, String> suffering = new TreeMap<>();
        try (Packs packs = store.packs(Backend.Use.READ);
                PackInspection inspection = new PackInspection(packs)) {
            Set<String> checkpoints = new TreeSet<>(store.checkpointNames());
            Set<String> all = new TreeSet<>(checkpoints);
            all.addAll(store.retiredNames());
            Set<String> damaged = new TreeSet<>();
            for (String name : all) {
                List<String> found = inspection.run(name, readData);
                wrong.addAll(found);
                if (!found.isEmpty()) {
                    damaged.add(name);
                }
            }
            for (String name : checkpoints) {
                inspection.suffering(name).ifPresent(why -> suffering.put(name, why));
                manifest(name, wrong, suffering);
            }
            damaged.addAll(suffering.keySet());
            note(damaged, wrong);
            return new Outcome(checkpoints.size(), all.size(), wrong, suffering);
        } catch (IOException e) {
            throw store.backend().trouble(e);
        }
    }

    private void note(Set<String> damaged, List<String> wrong) {
        try {
            damaged.forEach(name -> store.noteDamaged(new CheckpointId(name), clock.instant()));
        } catch (Failure e) {
            // A copy on a read-only file system is looked at as well, and nobody builds on it.
            wrong.add("that there is damage could not be noted: " + e.getMessage());
        }
    }

    private void manifest(String name, List<String> wrong, Map<String, String> suffering) {
        try {
            // Reads the manifest too, and compares the definition with it.
            store.definition(new CheckpointId(name));
        } catch (Failure e) {
            wrong.add(String.valueOf(e.getMessage()));
            suffering.putIfAbsent(name, String.valueOf(e.getMessage()));
        }
    }
}
