package org.vfrt.core.store;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
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
import org.vfrt.core.pool.Definition;

/**
 * The store as the benchmarks see it, and the only class of theirs that knows which one it is and how it is opened. A stream is
 * checked while it is stored, as a capture does it.
 */
final class BenchStore {

    private final CheckpointStore store;

    BenchStore(Path directory) {
        this.store = new DirectoryStore(directory);
    }

    /** Makes a checkpoint of a guest, complete and durable. */
    void store(CheckpointId id, String guest, long memoryBytes, InputStream stream) throws IOException {
        try (Incoming incoming = store.begin(id)) {
            try (OutputStream image = incoming.image()) {
                new StreamCheck(StreamLimits.forGuest(memoryBytes)).read(new Kept(stream, image));
            }
            incoming.commit(
                    "<domain type='xen'><name>" + guest + "</name></domain>",
                    (bytes, sha256, definitionSha256) ->
                            manifest(id, guest, memoryBytes, bytes, sha256, definitionSha256));
        }
    }

    /** Opens an image; its last read fails when a byte was wrong. */
    InputStream restore(CheckpointId id) {
        return store.image(id);
    }

    private static Manifest manifest(
            CheckpointId id, String guest, long memoryBytes, long bytes, String sha256, String definitionSha256) {
        return new Manifest(
                id,
                guest,
                UUID.nameUUIDFromBytes(guest.getBytes(StandardCharsets.UTF_8)),
                "xen1",
                Optional.of("xen1"),
                Instant.now(),
                Method.LIVE,
                Definition.Kind.PVH,
                memoryBytes,
                1,
                ImageFormat.LIBXL,
                bytes,
                sha256,
                definitionSha256,
                Optional.empty(),
                Duration.ZERO,
                Duration.ZERO,
                Duration.ZERO,
                "4.17.3",
                "9.0.0",
                List.of());
    }

    /** Writes everything that is read to the store. */
    private static final class Kept extends FilterInputStream {

        private final OutputStream kept;

        Kept(InputStream in, OutputStream kept) {
            super(in);
            this.kept = kept;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            int count = super.read(buffer, offset, length);
            if (count > 0) {
                kept.write(buffer, offset, count);
            }
            return count;
        }
    }
}
