package org.vfrt.core.store;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.vfrt.core.checkpoint.CheckpointId;
import org.vfrt.core.checkpoint.CheckpointStore;
import org.vfrt.core.checkpoint.ImageFormat;
import org.vfrt.core.checkpoint.Incoming;
import org.vfrt.core.checkpoint.Manifest;
import org.vfrt.core.checkpoint.Method;
import org.vfrt.core.image.StreamCheck;
import org.vfrt.core.image.StreamLimits;
import org.vfrt.core.pack.StoreKey;
import org.vfrt.core.pool.Definition;

/**
 * The store as the benchmarks see it, and the only class of theirs that knows which one it is and how it is opened. A stream is
 * checked while it is stored, as a capture does it.
 */
final class BenchStore {

    /** Encrypted, as the peers are. */
    private static final StoreKey KEY = StoreKey.of(new byte[StoreKey.BYTES]);

    private final CheckpointStore store;

    BenchStore(Path directory) {
        this.store = new PackedStore(new DirectoryBackend(directory), KEY, new SecureRandom());
    }

    /** Makes a checkpoint of a guest, complete and durable. */
    void store(CheckpointId id, String guest, long memoryBytes, InputStream stream) throws IOException {
        try (Incoming incoming = store.begin(id, uuid(guest))) {
            new StreamCheck(StreamLimits.forGuest(memoryBytes)).read(stream, incoming.stream());
            incoming.commit(
                    "<domain type='xen'><name>" + guest + "</name></domain>",
                    (bytes, root, definitionSha256, disks) ->
                            manifest(id, guest, memoryBytes, bytes, root, definitionSha256));
        }
    }

    /** Opens an image; its last read fails when a byte was wrong. */
    InputStream restore(CheckpointId id) {
        return store.image(id);
    }

    private static Manifest manifest(
            CheckpointId id, String guest, long memoryBytes, long bytes, String root, String definitionSha256) {
        return new Manifest(
                id,
                guest,
                uuid(guest),
                "xen1",
                Optional.of("xen1"),
                Instant.now(),
                Method.LIVE,
                Definition.Kind.PVH,
                memoryBytes,
                1,
                ImageFormat.LIBXL,
                bytes,
                root,
                definitionSha256,
                Optional.empty(),
                Duration.ZERO,
                Duration.ZERO,
                Duration.ZERO,
                "4.17.3",
                "9.0.0",
                List.of(),
                List.of(),
                Duration.ZERO,
                List.of());
    }

    private static UUID uuid(String guest) {
        return UUID.nameUUIDFromBytes(guest.getBytes(StandardCharsets.UTF_8));
    }
}
