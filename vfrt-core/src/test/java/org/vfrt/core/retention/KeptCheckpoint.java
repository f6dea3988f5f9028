package org.vfrt.core.retention;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.vfrt.core.checkpoint.CheckpointId;
import org.vfrt.core.checkpoint.ImageFormat;
import org.vfrt.core.checkpoint.Incoming;
import org.vfrt.core.checkpoint.Manifest;
import org.vfrt.core.checkpoint.Method;
import org.vfrt.core.checkpoint.Tag;
import org.vfrt.core.pool.Definition;
import org.vfrt.core.store.MemoryStore;

/** Checkpoints as retention sees them: whose, when, and with which tags. */
public final class KeptCheckpoint {

    private KeptCheckpoint() {}

    /** @param time for example {@code 2026-11-24T10:15:00Z} */
    public static Manifest at(String time, String... tags) {
        return of("web1", Instant.parse(time), "0".repeat(64), tags);
    }

    static Manifest of(String guest, Instant instant, String sha256, String... tags) {
        String second = instant.toString().substring(0, 19).replaceAll("[-:]", "") + "Z-";
        return new Manifest(
                new CheckpointId(second + String.format("%08x", instant.hashCode())),
                guest,
                uuid(guest),
                "xen1",
                Optional.empty(),
                instant,
                Method.LIVE,
                Definition.Kind.PVH,
                1 << 20,
                1,
                ImageFormat.LIBXL,
                0,
                sha256,
                sha256,
                Optional.empty(),
                Duration.ZERO,
                Duration.ZERO,
                Duration.ZERO,
                "4.17.3",
                "9.0.0",
                List.of(),
                List.of(),
                Duration.ZERO,
                Stream.of(tags).map(Tag::new).toList());
    }

    /** Puts one into a store. */
    public static Manifest put(MemoryStore store, String guest, String definition, String time) {
        Manifest manifest = of(guest, Instant.parse(time), "0".repeat(64));
        try (Incoming incoming = store.begin(manifest.id(), manifest.guestUuid())) {
            return incoming.commit(definition, (bytes, image, sha256, disks) -> manifest);
        }
    }

    public static UUID uuid(String guest) {
        return UUID.nameUUIDFromBytes(guest.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }
}
