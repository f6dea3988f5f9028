package org.vfrt.core.store;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import org.vfrt.core.checkpoint.CheckpointId;
import org.vfrt.core.checkpoint.Progress;
import org.vfrt.core.durable.ReaderTrouble;
import org.vfrt.core.failure.Damaged;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.NotFound;
import org.vfrt.core.pack.PackInspection;
import org.vfrt.core.pack.Packs;
import org.vfrt.core.pack.StoreIndex;

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
     * @param doubtful what is not as it should be and nothing depends on, one sentence each
     */
    public record Outcome(
            int checkpoints, int packs, List<String> wrong, Map<String, String> suffering, List<String> doubtful) {}

    /**
     * Checks.
     *
     * @param readData whether every page is read too, and every entry of the index; without it what is around the pages is
     */
    public Outcome run(boolean readData, Progress progress) {
        List<String> wrong = new ArrayList<>();
        Map<String, String> suffering = new TreeMap<>();
        store.unlock();
        try (Packs packs = store.packs(Backend.Use.READ);
                PackInspection inspection = new PackInspection(packs)) {
            Set<String> checkpoints = new TreeSet<>(store.checkpointNames());
            Set<String> all = new TreeSet<>(checkpoints);
            all.addAll(store.retiredNames());
            head(wrong);
            Set<String> damaged = new TreeSet<>();
            AtomicLong looked = new AtomicLong();
            long total = store.backend().bytes();
            for (String name : all) {
                List<String> found =
                        inspection.run(name, readData, bytes -> progress.at("check", looked.addAndGet(bytes), total));
                // What was deleted meanwhile may be gone, and is no damage.
                if (!found.isEmpty() && isThere(name)) {
                    wrong.addAll(found);
                    damaged.add(name);
                }
            }
            for (String name : checkpoints) {
                Optional<String> why = inspection.suffering(name);
                if (why.isPresent() && isThere(name)) {
                    suffering.put(name, why.get());
                }
                manifest(name, wrong, suffering);
            }
            note(damaged, suffering.keySet(), wrong);
            return new Outcome(checkpoints.size(), all.size(), wrong, suffering, doubtful(packs, readData));
        } catch (IOException e) {
            throw store.backend().trouble(e);
        }
    }

    private boolean isThere(String name) throws IOException {
        CheckpointId id = new CheckpointId(name);
        return store.backend().holds(id) || store.backend().packBytes(id).isPresent();
    }

    /** Whoever is given a key by itself needs it for nothing, and others for everything. */
    private void head(List<String> wrong) throws IOException {
        try {
            new StoreHeadFile(store.backend()).read();
        } catch (Failure e) {
            wrong.add(String.valueOf(e.getMessage()));
        }
    }

    private void note(Set<String> packs, Set<String> suffering, List<String> wrong) {
        try {
            packs.forEach(name -> store.noteDamagedPack(new CheckpointId(name), clock.instant()));
            suffering.forEach(name -> store.noteDamaged(new CheckpointId(name), clock.instant()));
        } catch (Failure e) {
            // A copy on a read-only file system is looked at as well, and nobody builds on it.
            wrong.add("that there is damage could not be noted: " + e.getMessage());
        }
    }

    private List<String> doubtful(Packs packs, boolean readData) throws IOException {
        List<String> doubtful = new ArrayList<>();
        for (String note : store.unreadableNotes()) {
            doubtful.add("the note '" + note + "' is not what was noted, and counts as "
                    + (note.startsWith("baseline")
                            ? "one that forbids to build on what there is; the next capture draws it anew"
                            : "none"));
        }
        // Elsewhere the index is this machine's own, and other machines collect.
        if (readData && !store.backend().isFar()) {
            Path index = store.backend().index();
            StoreIndex.odd(index, packs)
                    .ifPresent(what -> doubtful.add("the index of pages '" + index + "' lost some, so that they would"
                            + " be stored twice: " + what + "; the next collection makes another if you remove it"));
        }
        return doubtful;
    }

    private void manifest(String name, List<String> wrong, Map<String, String> suffering) throws IOException {
        try {
            // Reads the manifest too, and compares the definition with it.
            store.definition(new CheckpointId(name));
        } catch (NotFound e) {
            // Deleted meanwhile.
            return;
        } catch (Damaged e) {
            if (e.getCause() instanceof IOException cause && ReaderTrouble.is(cause)) {
                throw cause;
            }
            wrong.add(String.valueOf(e.getMessage()));
            suffering.putIfAbsent(name, String.valueOf(e.getMessage()));
        }
    }
}
