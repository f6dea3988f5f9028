package org.vfrt.core.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import org.vfrt.core.checkpoint.CheckpointId;
import org.vfrt.core.checkpoint.Progress;
import org.vfrt.core.durable.DurableFiles;
import org.vfrt.core.durable.OddFile;
import org.vfrt.core.failure.Busy;
import org.vfrt.core.failure.Damaged;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.pack.DamagedPack;
import org.vfrt.core.pack.PackCollection;
import org.vfrt.core.pack.Packs;
import org.vfrt.core.pack.StoreIndex;

/**
 * Frees what no checkpoint needs any more: packs of deleted checkpoints, and pages in packs that others still need. May run beside
 * captures and restores, and can be interrupted between any two steps: whatever was done counts.
 */
public final class CollectGarbage {

    private final PackedStore store;

    public CollectGarbage(PackedStore store) {
        this.store = store;
    }

    /**
     * What was done, or on a dry run would be done.
     *
     * @param removed packs
     * @param rewritten packs
     * @param freedBytes of the packs; about so many on a dry run
     */
    public record Outcome(int removed, int rewritten, long freedBytes) {

        private static Outcome of(PackCollection.Step step, long freedBytes) {
            boolean removal = step.action() == PackCollection.Action.REMOVE;
            return new Outcome(removal ? 1 : 0, removal ? 0 : 1, freedBytes);
        }

        private Outcome and(Outcome other) {
            return new Outcome(removed + other.removed, rewritten + other.rewritten, freedBytes + other.freedBytes);
        }
    }

    /**
     * Collects.
     *
     * @param progress hears of the bytes of packs that were dealt with
     * @throws Busy when another collection runs
     * @throws Damaged when it cannot be told what a checkpoint needs
     */
    public Outcome run(boolean dryRun, Progress progress) {
        try {
            if (!store.backend().exists()) {
                return new Outcome(0, 0, 0);
            }
            return store.backend()
                    .lock(Backend.Lock.COLLECTING)
                    .tryHolding(() -> collect(dryRun, progress))
                    .orElseThrow(() -> new Busy(
                            "store-being-collected",
                            "another collection runs in the store '" + store.location() + "'",
                            "Wait for it to end."));
        } catch (DamagedPack | NoSuchFileException | OddFile e) {
            throw new Damaged(
                    "store-damaged",
                    "nothing was collected, because it cannot be told what is still needed: " + e.getMessage(),
                    "'vfrt store check' says which checkpoints suffer; delete those, then try again.",
                    e);
        } catch (IOException e) {
            throw store.backend().trouble(e);
        }
    }

    private Outcome collect(boolean dryRun, Progress progress) throws IOException {
        try (Packs packs = store.packs(Backend.Use.COLLECT);
                PackCollection collection = new PackCollection(packs, PackCollection.DEAD_SHARE)) {
            Set<String> checkpoints = store.lock().holding(() -> {
                store.backend().makeNamesDurable();
                return new TreeSet<>(store.checkpointNames());
            });
            if (!dryRun) {
                store.backend().prepare();
                store.sweep();
            }
            Set<String> all = new TreeSet<>(checkpoints);
            all.addAll(store.retiredNames());
            Set<String> lost = new TreeSet<>(all);
            lost.removeIf(name -> checkpoints.contains(name) || packs.opens(name));
            all.removeAll(lost);
            Set<String> roots = new TreeSet<>(checkpoints);
            store.backend().stillUsed().forEach(id -> roots.add(id.text()));
            Set<String> known = new HashSet<>(all);
            known.addAll(lost);
            List<PackCollection.Step> steps = collection.plan(roots, all);
            boolean stale = indexIsStale();
            if (!dryRun && !steps.isEmpty() && !stale) {
                noteStaleIndex();
            }
            Outcome outcome = dryRun
                    ? planned(steps, lost)
                    : removedLost(collection, lost, known).and(done(collection, steps, known, progress));
            if (!dryRun && (outcome.removed() + outcome.rewritten() > 0 || stale || indexIsOfOthers(all))) {
                renewIndex(all);
                DurableFiles.remove(staleIndex());
            }
            return outcome;
        }
    }

    private static Outcome planned(List<PackCollection.Step> steps, Set<String> lost) {
        Outcome outcome = new Outcome(lost.size(), 0, 0);
        for (PackCollection.Step step : steps) {
            outcome = outcome.and(Outcome.of(step, step.bytes()));
        }
        return outcome;
    }

    private Outcome done(
            PackCollection collection, List<PackCollection.Step> steps, Set<String> known, Progress progress)
            throws IOException {
        Outcome outcome = new Outcome(0, 0, 0);
        long total = steps.stream().mapToLong(PackCollection.Step::bytes).sum();
        long dealtWith = 0;
        Optional<Failure> trouble = Optional.empty();
        for (PackCollection.Step step : steps) {
            if (Thread.currentThread().isInterrupted()) {
                break;
            }
            Optional<Long> bytes = Optional.empty();
            try {
                bytes = done(collection, step, known);
            } catch (IOException e) {
                // On a full disk nothing can be written anew, but what only frees can be done.
                trouble = trouble.or(() -> Optional.of(notDone(step, e)));
            }
            if (bytes.isPresent()) {
                outcome = outcome.and(Outcome.of(step, bytes.get()));
            } else {
                collection.notDone(step.pack());
            }
            dealtWith += step.bytes();
            progress.at("collect", dealtWith, total);
        }
        if (trouble.isPresent()) {
            throw trouble.get();
        }
        return outcome;
    }

    private Failure notDone(PackCollection.Step step, IOException e) {
        Failure said = store.backend().trouble(e);
        if (step.action() != PackCollection.Action.REWRITE || !said.code().equals("store-full")) {
            return said;
        }
        return new Failed(
                said.code(),
                "pack '" + step.pack() + "' was not written anew, which would free about " + step.bytes()
                        + " bytes: for a moment it needs room for the rest of it beside the old one; what else there was to free"
                        + " is free",
                "Make room on that file system by other means, or delete checkpoints until the whole pack is free.",
                e);
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
            store.backend().forget(id);
            return Optional.of(step.bytes());
        });
    }

    private Optional<Long> rewritten(PackCollection collection, PackCollection.Step step, Set<String> known)
            throws IOException {
        CheckpointId id = new CheckpointId(step.pack());
        Backend backend = store.backend();
        backend.spool().discard(id);
        Making making = backend.spool().begin(id);
        try {
            FileChannel target = DurableFiles.create(making.pack());
            collection.rewrite(step.pack(), target, store.salt());
            long bytes = Files.size(making.pack());
            backend.carry(making);
            return store.lock().holding(() -> {
                OptionalLong old = backend.packBytes(id);
                if (old.isEmpty() || !collection.stillRight(comeSince(known)) || !backend.replace(making)) {
                    return Optional.empty();
                }
                return Optional.of(old.getAsLong() - bytes);
            });
        } finally {
            backend.discard(id);
        }
    }

    /** Packs of deleted checkpoints that cannot be read go when nobody misses them. */
    private Outcome removedLost(PackCollection collection, Set<String> lost, Set<String> known) throws IOException {
        int removed = 0;
        for (String name : lost) {
            removed += store.lock().holding(() -> {
                boolean missed = collection.needsLost() || !comeSince(known).isEmpty();
                if (!missed) {
                    store.backend().forget(new CheckpointId(name));
                }
                return missed ? 0 : 1;
            });
        }
        return new Outcome(removed, 0, 0);
    }

    /** Also those that have been deleted again: somebody may have begun to lead to them in between. */
    private List<String> comeSince(Set<String> known) throws IOException {
        Set<String> come = new HashSet<>(store.checkpointNames());
        come.addAll(store.retiredNames());
        come.removeAll(known);
        return List.copyOf(come);
    }

    /**
     * A capture or a collection that died may have left it without some packs, or with some that are gone. Where packs are far it has those
     * only that are near.
     */
    private boolean indexIsOfOthers(Set<String> all) throws IOException {
        if (store.backend().isFar() || all.isEmpty()) {
            return false;
        }
        try (StoreIndex index = StoreIndex.open(store.backend().index())) {
            return !Set.copyOf(index.packs()).equals(all);
        }
    }

    /** A collection that dies after it has written a pack anew leaves an index that leads to where pages were before, in the same packs. */
    private boolean indexIsStale() throws IOException {
        return Files.exists(staleIndex());
    }

    /** On a full disk that something is freed goes before a hint that stays right. */
    private void noteStaleIndex() {
        try {
            DurableFiles.write(staleIndex(), new byte[0]);
        } catch (IOException e) {
            return;
        }
    }

    private Path staleIndex() throws IOException {
        Path index = store.backend().index();
        return index.resolveSibling(index.getFileName() + ".stale");
    }

    /** Without what is gone. Whatever comes between is added under the lock. */
    private void renewIndex(Set<String> all) throws IOException {
        Path index = store.backend().index();
        Path fresh = store.freshIndex();
        StoreIndex.remove(fresh);
        try (Packs packs = store.packs(Backend.Use.LOOK);
                StoreIndex renewed = StoreIndex.open(fresh)) {
            Set<String> in = new HashSet<>();
            for (String name : all) {
                if (packs.opens(name)) {
                    renewed.add(packs, name);
                    in.add(name);
                }
            }
            store.lock().holding(() -> {
                for (String name : store.checkpointNames()) {
                    if (!in.contains(name) && packs.opens(name)) {
                        renewed.add(packs, name);
                    }
                }
                StoreIndex.remove(index);
                DurableFiles.move(fresh, index);
                return fresh;
            });
        }
    }
}
