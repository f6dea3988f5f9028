package org.vfrt.xen.s3;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.vfrt.core.checkpoint.CheckpointId;
import org.vfrt.core.pack.PackSource;
import org.vfrt.core.pack.Packs;

/** The packs of a bucket, opened for one use: as long as that is known, a collection leaves what was there when it began. */
final class S3Packs implements Packs.Files {

    private final Objects objects;
    private final Optional<Lease> use;
    private final Chunks chunks;
    private final Path directory;
    private final Map<String, Objects.Entry> opened = new ConcurrentHashMap<>();
    private volatile Map<CheckpointId, PackObject> known;

    /** @param use lasts until this is closed */
    S3Packs(Objects objects, Optional<Lease> use, Path directory) throws IOException {
        this.objects = objects;
        this.use = use;
        this.directory = directory;
        this.chunks = new Chunks(directory);
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
        S3PackSource source = new S3PackSource(objects, pack.entry(), chunks, directory);
        opened.put(name, pack.entry());
        return source;
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
            use.ifPresent(Lease::close);
        }
    }
}
