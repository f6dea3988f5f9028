package org.vfrt.xen.s3;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.vfrt.core.checkpoint.CheckpointId;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.pack.PackFacts;
import org.vfrt.core.pack.PackSource;
import org.vfrt.core.pack.Packs;

/** The packs of a bucket, opened for one use: as long as that is known, a collection leaves what was there when it began. */
final class S3Packs implements Packs.Files {

    private static final Duration FETCHING = Duration.ofSeconds(20);

    private final Objects objects;
    private final Optional<Lease> use;
    private final Optional<PackCache> cache;
    private final Chunks chunks;
    private final Path directory;
    private final Map<String, Objects.Entry> opened = new ConcurrentHashMap<>();
    private volatile Map<CheckpointId, PackObject> known;

    /**
     * Opens them.
     *
     * @param use lasts until this is closed
     * @param cache where packs are kept; empty when what is in the bucket is to be read, and nothing else
     */
    S3Packs(Objects objects, Optional<Lease> use, Optional<PackCache> cache, Path directory) throws IOException {
        this.objects = objects;
        this.use = use;
        this.cache = cache;
        this.directory = directory;
        this.chunks = new Chunks(directory, Chunks.KEPT);
        this.known = listed();
    }

    private Map<CheckpointId, PackObject> listed() {
        return PackObject.newest(objects.list(PackObject.PREFIX).value());
    }

    @Override
    public PackSource open(String name) throws IOException {
        if (!CheckpointId.matches(name)) {
            throw new NoSuchFileException(name);
        }
        CheckpointId id = new CheckpointId(name);
        PackObject pack = known.get(id);
        if (pack == null) {
            known = listed();
            pack = known.get(id);
        }
        if (pack == null) {
            throw new NoSuchFileException(name);
        }
        S3PackSource source = S3PackSource.open(objects, pack.entry(), chunks, cache, directory);
        opened.put(name, pack.entry());
        return source;
    }

    /** Fetches the ends of those that are not kept, until it has taken too long: a guest's checkpoint should not wait for more. */
    @Override
    public Set<String> fetch(Collection<String> names) throws IOException {
        if (cache.isEmpty()) {
            return Set.copyOf(names);
        }
        long until = System.nanoTime() + FETCHING.toNanos();
        Set<String> near = ConcurrentHashMap.newKeySet();
        AtOnce.each(List.copyOf(names), name -> {
            try {
                PackObject pack = known.get(new CheckpointId(name));
                if (pack == null) {
                    return;
                }
                Optional<PackCache.Kept> kept = cache.get().open(pack.entry());
                if (kept.isPresent()) {
                    kept.get().file().close();
                } else if (System.nanoTime() - until < 0) {
                    PackFacts.of(name, S3PackSource.open(objects, pack.entry(), chunks, cache, directory));
                } else {
                    return;
                }
                near.add(name);
            } catch (IOException e) {
                // Damaged: nobody is led to it.
            }
        });
        return near;
    }

    @Override
    public Collection<String> perhapsChanged(Map<String, PackSource> open) {
        Map<CheckpointId, PackObject> now = listed();
        known = now;
        List<String> changed = new ArrayList<>();
        open.forEach((name, source) -> {
            PackObject pack = now.get(new CheckpointId(name));
            if (pack == null
                    || !(source instanceof S3PackSource own)
                    || !own.entry().equals(pack.entry())) {
                changed.add(name);
            }
        });
        return changed;
    }

    /** Returns those of some packs that are not any more what they were when they were opened here. */
    List<String> changed(Collection<String> names) {
        Map<CheckpointId, PackObject> now = listed();
        return names.stream()
                .filter(name -> {
                    Objects.Entry then = opened.get(name);
                    PackObject pack = now.get(new CheckpointId(name));
                    return then == null || pack == null || !pack.entry().key().equals(then.key());
                })
                .toList();
    }

    /** Makes sure that nothing was removed because this use was not heard of. */
    void demandUse() {
        use.ifPresent(Lease::demandHeld);
    }

    @Override
    public void close() throws IOException {
        try {
            chunks.close();
        } finally {
            use.ifPresent(S3Packs::end);
        }
    }

    /** What was done with the packs is done: a use that cannot be ended ends by itself. */
    private static void end(Lease use) {
        try {
            use.close();
        } catch (Failure e) {
            return;
        }
    }
}
