import java.nio.file.Path;
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
import org.vfrt.core.pool.Definition;
import org.vfrt.core.pack.StoreKey;
import org.vfrt.core.store.DirectoryBackend;
import org.vfrt.core.store.PackedStore;

/** Makes a store of many checkpoints whose images are a few bytes, for measuring how long a list takes: DIRECTORY COUNT. */
final class StoreOfManySmall {

    public static void main(String[] args) throws Exception {
        PackedStore store = new PackedStore(new DirectoryBackend(Path.of(args[0])), StoreKey.none(), new java.util.Random(1));
        Instant first = Instant.parse("2026-11-22T10:15:00Z");
        for (int i = 0; i < Integer.parseInt(args[1]); i++) {
            Instant taken = first.plusSeconds(300L * i);
            String guest = "web" + i % 10;
            UUID uuid = UUID.nameUUIDFromBytes(guest.getBytes("UTF-8"));
            CheckpointId id = CheckpointId.at(taken);
            try (Incoming incoming = store.begin(id, uuid)) {
                incoming.opaque(new byte[] {(byte) i});
                String xml = "<domain type='xen'><name>" + guest + "</name><uuid>" + uuid + "</uuid></domain>";
                incoming.commit(
                        xml,
                        (bytes, root, definitionSha256) -> new Manifest(
                                id,
                                guest,
                                uuid,
                                "xen1",
                                Optional.of("xen1"),
                                taken,
                                Method.LIVE,
                                Definition.Kind.PVH,
                                512L << 20,
                                2,
                                ImageFormat.LIBXL,
                                bytes,
                                root,
                                definitionSha256,
                                Optional.of(Duration.ofMillis(90)),
                                Duration.ofMillis(85),
                                Duration.ofMillis(3),
                                Duration.ofSeconds(12),
                                "4.17.3",
                                "9.0.0",
                                List.of(),
                                List.of()));
            }
        }
    }
}
