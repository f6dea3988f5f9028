package org.vfrt.core.store;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.IntStream;
import org.vfrt.core.checkpoint.CheckpointId;
import org.vfrt.core.checkpoint.CheckpointStore;
import org.vfrt.core.checkpoint.FindCheckpoint;
import org.vfrt.core.checkpoint.Incoming;
import org.vfrt.core.checkpoint.Manifest;
import org.vfrt.core.disk.ContentSink;
import org.vfrt.core.disk.DiskContent;
import org.vfrt.core.disk.PairedDisk;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.NotFound;
import org.vfrt.core.image.StreamVisitor;
import org.vfrt.core.image.StreamWriter;

/** A store in memory, for tests that are not about storing. */
public class MemoryStore implements CheckpointStore {

    private final ConcurrentSkipListMap<CheckpointId, Stored> checkpoints = new ConcurrentSkipListMap<>();
    private final ConcurrentSkipListMap<CheckpointId, Instant> verified = new ConcurrentSkipListMap<>();
    private final ConcurrentSkipListMap<CheckpointId, Instant> damaged = new ConcurrentSkipListMap<>();
    private final UUID identity = UUID.randomUUID();
    private final Set<CheckpointId> making = ConcurrentHashMap.newKeySet();

    @Override
    public Incoming begin(CheckpointId id, UUID guest, Optional<CheckpointId> base) {
        if (checkpoints.containsKey(id) || !making.add(id)) {
            throw new Failed("checkpoint-exists", "checkpoint '" + id + "' is in the store already", "");
        }
        return new Making(id, base.filter(checkpoints::containsKey).map(this::stored));
    }

    @Override
    public List<Manifest> list() {
        return checkpoints.values().stream()
                .map(Stored::manifest)
                .sorted(FindCheckpoint.OLDEST_FIRST)
                .toList();
    }

    @Override
    public List<String> unreadable() {
        return List.of();
    }

    @Override
    public Manifest manifest(CheckpointId id) {
        return stored(id).manifest();
    }

    @Override
    public String definition(CheckpointId id) {
        return stored(id).definition();
    }

    @Override
    public InputStream image(CheckpointId id) {
        return new ByteArrayInputStream(stored(id).image().toByteArray());
    }

    @Override
    public void disk(CheckpointId id, String target, ContentSink sink) throws IOException {
        List<PairedDisk> disks = stored(id).manifest().storedDisks();
        for (int i = 0; i < disks.size(); i++) {
            if (disks.get(i).target().equals(target)) {
                for (Map.Entry<Long, byte[]> page : stored(id).disks().get(i).entrySet()) {
                    sink.data(page.getKey(), page.getValue(), 0, page.getValue().length);
                }
                return;
            }
        }
        throw new IllegalArgumentException("checkpoint '" + id + "' holds no content of disk '" + target + "'");
    }

    @Override
    public void noteVerified(CheckpointId id, Instant when) {
        stored(id);
        verified.put(id, when);
        damaged.remove(id);
    }

    @Override
    public void unlock() {}

    @Override
    public void noteDamaged(CheckpointId id, Instant when) {
        if (checkpoints.containsKey(id)) {
            damaged.put(id, when);
        }
        verified.remove(id);
    }

    @Override
    public Map<CheckpointId, Instant> verified() {
        return Map.copyOf(verified);
    }

    @Override
    public Map<CheckpointId, Instant> damaged() {
        return Map.copyOf(damaged);
    }

    @Override
    public void delete(CheckpointId id) {
        if (checkpoints.remove(id) == null) {
            throw notFound(id);
        }
        verified.remove(id);
        damaged.remove(id);
    }

    @Override
    public void discard(CheckpointId id) {
        making.remove(id);
    }

    @Override
    public UUID identity() {
        return identity;
    }

    @Override
    public Optional<Set<CheckpointId>> making() {
        return Optional.of(Set.copyOf(making));
    }

    @Override
    public long freeBytes() {
        return Long.MAX_VALUE;
    }

    private Stored stored(CheckpointId id) {
        Stored stored = checkpoints.get(id);
        if (stored == null) {
            throw notFound(id);
        }
        return stored;
    }

    private static NotFound notFound(CheckpointId id) {
        return new NotFound("no-such-checkpoint", "there is no checkpoint '" + id + "'", "");
    }

    private record Stored(
            Manifest manifest, String definition, ByteArrayOutputStream image, List<SortedMap<Long, byte[]>> disks) {}

    private final class Making implements Incoming {

        private final CheckpointId id;
        private final Optional<Stored> base;
        private final ByteArrayOutputStream image = new ByteArrayOutputStream();
        private final List<SortedMap<Long, byte[]>> disks = new ArrayList<>();

        Making(CheckpointId id, Optional<Stored> base) {
            this.id = id;
            this.base = base;
        }

        @Override
        public Optional<CheckpointId> buildsOn() {
            return base.map(stored -> stored.manifest().id());
        }

        @Override
        public IncomingDisk disk(long sizeBytes, Optional<DiskContent> known) {
            SortedMap<Long, byte[]> pages = new TreeMap<>();
            disks.add(pages);
            return new IncomingDisk() {
                @Override
                public boolean buildsOnBefore() {
                    return known.isPresent();
                }

                @Override
                public void unchanged(long at, long bytes) {
                    int number = (int) known.orElseThrow().firstPage();
                    pages.putAll(base.orElseThrow().disks().get(number).subMap(at, at + bytes));
                }

                @Override
                public void data(long at, byte[] buffer, int offset, int length) {
                    for (int page = 0; page < length; page += 4096) {
                        pages.put(at + page, Arrays.copyOfRange(buffer, offset + page, offset + page + 4096));
                    }
                }
            };
        }

        @Override
        public CheckpointId id() {
            return id;
        }

        @Override
        public StreamVisitor stream() {
            return new StreamWriter(image);
        }

        @Override
        public void opaque(byte[] bytes) throws IOException {
            image.write(bytes);
        }

        @Override
        public Manifest commit(String definition, Sealing sealing) {
            byte[] bytes = image.toByteArray();
            Manifest manifest = sealing.seal(
                    bytes.length,
                    Sha256.of(bytes),
                    Sha256.of(definition.getBytes(StandardCharsets.UTF_8)),
                    IntStream.range(0, disks.size())
                            .mapToObj(number -> new DiskContent(number, Sha256.of(new byte[number])))
                            .toList());
            if (!manifest.id().equals(id)) {
                throw new IllegalStateException("the manifest is of '" + manifest.id() + "'");
            }
            checkpoints.put(id, new Stored(manifest, definition, image, disks));
            making.remove(id);
            return manifest;
        }

        @Override
        public void close() {
            making.remove(id);
        }
    }
}
