package org.vfrt.core.store;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.vfrt.core.checkpoint.CheckpointId;
import org.vfrt.core.checkpoint.ImageFormat;
import org.vfrt.core.checkpoint.Incoming;
import org.vfrt.core.checkpoint.Manifest;
import org.vfrt.core.checkpoint.Method;
import org.vfrt.core.checkpoint.Tag;
import org.vfrt.core.image.StreamCheck;
import org.vfrt.core.image.SyntheticStream;
import org.vfrt.core.pool.Definition;

/** Puts made-up guests into stores, complete with a definition that can be read. */
public final class GuestsInStores {

    public static final UUID WEB = UUID.fromString("11111111-2222-3333-4444-555555555555");

    private GuestsInStores() {}

    public static SyntheticStream memory(int step) {
        return SyntheticStream.of(SyntheticStream.Kind.PVH, 600).live(1 + step);
    }

    public static String xml() {
        return "<domain type='xen'><name>web1</name><uuid>" + WEB + "</uuid><memory unit='b'>"
                + memory(0).memoryBytes() + "</memory><vcpu>2</vcpu><os><type>xenpvh</type></os></domain>";
    }

    /** The step says what the memory holds, and in which second it was taken. */
    public static CheckpointId take(PackedStore store, int step) throws IOException {
        Instant instant = Instant.parse("2026-11-22T10:15:00Z").plusSeconds(step);
        CheckpointId id = CheckpointId.at(instant);
        SyntheticStream memory = memory(step);
        try (Incoming incoming = store.begin(id, WEB)) {
            try (InputStream stream = memory.open()) {
                new StreamCheck(memory.limits()).read(stream, incoming.stream());
            }
            incoming.commit(
                    xml(), (bytes, root, xml, disks) -> manifest(id, instant, memory.memoryBytes(), bytes, root, xml));
        }
        return id;
    }

    public static byte[] image(PackedStore store, CheckpointId id) throws IOException {
        try (InputStream image = store.image(id)) {
            return image.readAllBytes();
        }
    }

    /** Returns what makes the manifest of a checkpoint of that guest, which was taken when the id says. */
    public static Incoming.Sealing manifest(CheckpointId id) {
        return (bytes, root, xml, disks) ->
                manifest(id, id.begun().orElseThrow(), memory(0).memoryBytes(), bytes, root, xml);
    }

    private static Manifest manifest(
            CheckpointId id, Instant instant, long memoryBytes, long bytes, String root, String xml) {
        return new Manifest(
                id,
                "web1",
                WEB,
                "xen1",
                Optional.of("xen1.example"),
                instant,
                Method.LIVE,
                Definition.Kind.PVH,
                memoryBytes,
                2,
                ImageFormat.LIBXL,
                bytes,
                root,
                xml,
                Optional.empty(),
                Duration.ofMillis(12),
                Duration.ZERO,
                Duration.ofSeconds(1),
                "4.17.7",
                "9.0.0",
                List.of(),
                List.of(),
                Duration.ZERO,
                List.of(new Tag("nightly")));
    }
}
