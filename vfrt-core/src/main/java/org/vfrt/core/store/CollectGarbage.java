package org.vfrt.core.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.vfrt.core.checkpoint.CheckpointId;
import org.vfrt.core.durable.DurableFiles;
import org.vfrt.core.failure.Busy;
import org.vfrt.core.failure.Damaged;
import org.vfrt.core.pack.DamagedPack;
import org.vfrt.core.pack.PackCollection;
import org.vfrt.core.pack.Packs;
import org.vfrt.core.pack.StoreIndex;

/**
 * Frees what no checkpoint needs any more: packs of deleted checkpoints, and pages in packs that others still need. May run beside
 * captures and restores, and can be interrupted between any two steps: whatever was done counts.
 */
public final class CollectGarbage {

    /** Written anew is a pack of which this share is not needed: below it, more is copied than is freed. */
    private static final double DEAD_SHARE = 0.25;

    private final DirectoryStore store;

    public CollectGarbage(DirectoryStore store) {
        this.store = store;
    }

    /**
     * What was done, or on a dry run would be done.
     *
     * @param removed packs
     * @param rewritten packs
     * @param freedBytes of the packs; about so many on a dry run
     */
    public record Outcome(int removed, int rewritten, long freedBytes) {}

    /**
     * Collects.
     *
     * @throws Busy when another collection runs
     * @throws Damaged when it cannot be told what a checkpoint needs
     */
    public Outcome run(boolean dryRun) {
        if (!Files.exists(store.files().store())) {
            return new Outcome(0, 0, 0);
        }
        try {
            return new StoreLock(store.files().store().resolve("collecting"))
                    .tryHolding(() -> collect(dryRun))
                    .orElseThrow(() -> new Busy(
                            "store-being-collected",
                            "another collection runs in the store '" + store.location() + "'",
                            "Wait for it to end."));
        } catch (DamagedPack e) {
            throw new Damaged(
                    "store-damaged",
                    "nothing was collected, because it cannot be told what is still needed: " + e.getMessage(),
                    "'vfrt store check' says which checkpoints suffer; delete those, then try again.",
                    e);
        } catch (IOException e) {
            throw StoreTrouble.of(store.files().store(), e);
        }
    }

    private Outcome collect(boolean dryRun) throws IOException {
        try (Packs packs = store.packs();
                PackCollection collection = new PackCollection(packs, DEAD_SHARE)) {
            Set<String> checkpoints = store.lock().holding(() -> {
                store.makeNamesDurable();
                return new TreeSet<>(store.checkpointNames());
            });
            if (!dryRun) {
                store.sweep();
            }
            Set<String> all = new TreeSet<>(checkpoints);
            all.addAll(store.retiredNames());
            Set<String> lost = new TreeSet<>(all);
            lost.removeIf(name -> checkpoints.contains(name) || packs.opens(name));
            all.removeAll(lost);
            List<PackCollection.Step> steps = collection.plan(checkpoints, all);
            Optional<IOException> trouble = Optional.empty();
            int removed = 0;
            int rewritten = 0;
            long freed = 0;
            for (PackCollection.Step step : steps) {
                if (Thread.currentThread().isInterrupted()) {
                    break;
                }
                Optional<Long> bytes = Optional.of(step.bytes());
                try {
                    bytes = dryRun ? bytes : done(collection, step, checkpoints);
                } catch (IOException e) {
                    // On a full disk nothing can be written anew, but what only frees can be done.
                    trouble = trouble.or(() -> Optional.of(e));
                    bytes = Optional.empty();
                }
                if (bytes.isEmpty()) {
                    collection.notDone(step.pack());
                } else {
                    freed += bytes.get();
                    removed += step.action() == PackCollection.Action.REMOVE ? 1 : 0;
                    rewritten += step.action() == PackCollection.Action.REWRITE ? 1 : 0;
                }
            }
            if (trouble.isPresent()) {
                throw trouble.get();
            }
            for (String name : lost) {
                removed += dryRun || removedLost(collection, name, checkpoints) ? 1 : 0;
            }
            if (!dryRun && removed + rewritten > 0) {
                renewIndex(all);
            }
            return new Outcome(removed, rewritten, freed);
        }
    }

    /** Returns how many bytes it freed; empty when it had better not be done. */
    private Optional<Long> done(PackCollection collection, PackCollection.Step step, Set<String> known)
            throws IOException {
        return step.action() == PackCollection.Action.REMOVE
                ? removed(collection, step, known)
                : rewritten(collection, step, known);
    }

    private Optional<Long> removed(PackCollection collection, PackCollection.Step step, Set<String> known)
            throws IOException {
        CheckpointId id = new CheckpointId(step.pack());
        return store.lock().holding(() -> {
            if (collection.stays(step.pack()) || !collection.stillRight(comeSince(known))) {
                return Optional.empty();
            }
            DurableFiles.removeTree(store.files().retired(id));
            return Optional.of(step.bytes());
        });
    }

    private Optional<Long> rewritten(PackCollection collection, PackCollection.Step step, Set<String> known)
            throws IOException {
        CheckpointId id = new CheckpointId(step.pack());
        Path workspace = store.files().incoming(id);
        DurableFiles.removeTree(workspace);
        DurableFiles.createDirectory(workspace);
        try {
            Path fresh = StoreFiles.pack(workspace);
            FileChannel target = DurableFiles.create(fresh);
            collection.rewrite(step.pack(), target, store.salt());
            long bytes = Files.size(fresh);
            return store.lock().holding(() -> {
                Optional<Path> old = store.packOf(id);
                if (old.isEmpty() || !collection.stillRight(comeSince(known))) {
                    return Optional.empty();
                }
                long freed = Files.size(old.get()) - bytes;
                DurableFiles.move(fresh, old.get());
                return Optional.of(freed);
            });
        } finally {
            DurableFiles.removeTree(workspace);
        }
    }

    /** A pack of a deleted checkpoint that cannot be read goes when nobody misses it. */
    private boolean removedLost(PackCollection collection, String name, Set<String> known) throws IOException {
        return store.lock().holding(() -> {
            boolean missed = collection.needsLost() || !comeSince(known).isEmpty();
            if (!missed) {
                DurableFiles.removeTree(store.files().retired(new CheckpointId(name)));
            }
            return !missed;
        });
    }

    private List<String> comeSince(Set<String> known) throws IOException {
        Set<String> come = new HashSet<>(store.checkpointNames());
        come.removeAll(known);
        return List.copyOf(come);
    }

    /** Without what is gone. Whatever comes between is added under the lock. */
    private void renewIndex(Set<String> all) throws IOException {
        Path fresh = store.files().freshIndex();
        StoreIndex.remove(fresh);
        try (Packs packs = store.packs();
                StoreIndex index = StoreIndex.open(fresh)) {
            Set<String> in = new HashSet<>();
            for (String name : all) {
                if (packs.opens(name)) {
                    index.add(packs, name);
                    in.add(name);
                }
            }
            store.lock().holding(() -> {
                for (String name : store.checkpointNames()) {
                    if (!in.contains(name) && packs.opens(name)) {
                        index.add(packs, name);
                    }
                }
                StoreIndex.remove(store.files().index());
                DurableFiles.move(fresh, store.files().index());
                return fresh;
            });
        }
    }
}
