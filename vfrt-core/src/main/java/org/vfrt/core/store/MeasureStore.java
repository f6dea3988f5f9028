package org.vfrt.core.store;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.vfrt.core.checkpoint.CheckpointId;
import org.vfrt.core.checkpoint.CheckpointStore;
import org.vfrt.core.checkpoint.Manifest;
import org.vfrt.core.pack.PackFacts;
import org.vfrt.core.pack.PackSource;
import org.vfrt.core.pack.Packs;

/** Counts what is in a store. Needs no key and reads no images. */
public final class MeasureStore {

    private final PackedStore store;

    public MeasureStore(PackedStore store) {
        this.store = store;
    }

    /**
     * What was counted.
     *
     * @param id the store's own name; empty when nothing was ever written to it
     * @param checkpoints that can be listed
     * @param guests that have one of those
     * @param logicalBytes of all their images, as long as they come out again
     * @param storedBytes of all that is in the store
     * @param pages that are kept, each once; of packs that can be read
     * @param retiredPacks of deleted checkpoints, whose pages others still need or nobody collected yet
     * @param retiredBytes of those
     * @param freeBytes that a checkpoint may still take
     * @param unreadable what could not be counted: names of checkpoints
     */
    public record Outcome(
            Optional<UUID> id,
            boolean encrypted,
            int checkpoints,
            int guests,
            long logicalBytes,
            long storedBytes,
            long pages,
            int retiredPacks,
            long retiredBytes,
            long freeBytes,
            List<String> unreadable) {

        /** Returns how many times as long the images are as what is stored of them; 0 when there are none. */
        public double ratio() {
            return storedBytes == 0 ? 0 : (double) logicalBytes / storedBytes;
        }
    }

    /** Counts. */
    public Outcome run() {
        Backend backend = store.backend();
        try {
            Optional<StoreHead> head = new StoreHeadFile(backend).read();
            CheckpointStore.Listing listing = store.listing();
            List<String> unreadable = new ArrayList<>(listing.unreadable());
            List<String> retired = store.retiredNames();
            long pages = 0;
            long retiredBytes = 0;
            try (Packs.Files packs = backend.packs(Backend.Use.LOOK)) {
                for (Manifest manifest : listing.manifests()) {
                    pages += pages(packs, manifest.id().text(), unreadable);
                }
                for (String name : retired) {
                    pages += pages(packs, name, unreadable);
                    retiredBytes += backend.packBytes(new CheckpointId(name)).orElse(0);
                }
            }
            return new Outcome(
                    head.map(StoreHead::id),
                    head.map(StoreHead::encrypted).orElse(false),
                    listing.manifests().size(),
                    (int) listing.manifests().stream()
                            .map(Manifest::guestUuid)
                            .distinct()
                            .count(),
                    listing.manifests().stream().mapToLong(Manifest::imageBytes).sum(),
                    backend.bytes(),
                    pages,
                    retired.size(),
                    retiredBytes,
                    store.freeBytes(),
                    List.copyOf(unreadable));
        } catch (IOException e) {
            throw backend.trouble(e);
        }
    }

    private static long pages(Packs.Files packs, String name, List<String> unreadable) {
        try (PackSource source = packs.open(name)) {
            return PackFacts.of(name, source).pages();
        } catch (NoSuchFileException e) {
            // Collected since the names were read, or never there: 'store check' tells.
            return 0;
        } catch (IOException e) {
            unreadable.add(name);
            return 0;
        }
    }
}
