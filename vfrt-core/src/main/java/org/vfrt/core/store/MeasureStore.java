package org.vfrt.core.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.vfrt.core.checkpoint.CheckpointStore;
import org.vfrt.core.checkpoint.Manifest;
import org.vfrt.core.pack.PackFacts;

/** Counts what is in a store. Needs no key and reads no images. */
public final class MeasureStore {

    private final DirectoryStore store;

    public MeasureStore(DirectoryStore store) {
        this.store = store;
    }

    /**
     * What was counted.
     *
     * @param id the store's own name; empty when nothing was ever written to it
     * @param checkpoints that can be listed
     * @param guests that have one of those
     * @param logicalBytes of all their images, as long as they come out again
     * @param storedBytes of all files in the store
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
        Path directory = store.files().store();
        try {
            Optional<StoreHead> head = new StoreHeadFile(directory).read();
            CheckpointStore.Listing listing = store.listing();
            List<String> unreadable = new ArrayList<>(listing.unreadable());
            List<String> retired = store.retiredNames();
            long pages = 0;
            for (Manifest manifest : listing.manifests()) {
                pages += pages(manifest.id().text(), unreadable);
            }
            long retiredBytes = 0;
            for (String name : retired) {
                pages += pages(name, unreadable);
                retiredBytes += bytes(directory.resolve("retired").resolve(name));
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
                    bytes(directory),
                    pages,
                    retired.size(),
                    retiredBytes,
                    store.freeBytes(),
                    List.copyOf(unreadable));
        } catch (IOException e) {
            throw StoreTrouble.of(directory, e);
        }
    }

    private long pages(String name, List<String> unreadable) {
        try (FileChannel channel = new StorePacks(store.files()).open(name)) {
            return PackFacts.of(name, channel).pages();
        } catch (NoSuchFileException e) {
            // Collected since the directory was read, or never there: 'store check' tells.
            return 0;
        } catch (IOException e) {
            unreadable.add(name);
            return 0;
        }
    }

    private static long bytes(Path tree) throws IOException {
        if (!Files.exists(tree)) {
            return 0;
        }
        Counting counting = new Counting();
        Files.walkFileTree(tree, counting);
        return counting.bytes;
    }

    /** Others may be writing and removing meanwhile. */
    private static final class Counting extends SimpleFileVisitor<Path> {

        private long bytes;

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            bytes += attributes.isRegularFile() ? attributes.size() : 0;
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException problem) throws IOException {
            if (problem instanceof NoSuchFileException) {
                return FileVisitResult.CONTINUE;
            }
            throw problem;
        }
    }
}
