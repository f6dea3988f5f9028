package org.vfrt.core.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.pool.Definition;

final class SpacePredictionTest {

    private static final UUID WEB = UUID.fromString("11111111-2222-3333-4444-555555555555");
    private static final long GIB = 1L << 30;
    private static final long MIB = 1L << 20;

    private final List<Manifest> manifests = new ArrayList<>();
    private final Map<CheckpointId, Long> packs = new HashMap<>();
    private long free;

    private final CheckpointStore store = (CheckpointStore) Proxy.newProxyInstance(
            CheckpointStore.class.getClassLoader(),
            new Class<?>[] {CheckpointStore.class},
            (proxy, method, arguments) -> switch (method.getName()) {
                case "list" -> manifests;
                case "freeBytes" -> free;
                case "addedBytes" -> {
                    Long bytes = packs.get(arguments[0]);
                    yield bytes == null ? OptionalLong.empty() : OptionalLong.of(bytes);
                }
                default -> throw new AssertionError(method.getName());
            });

    private final Definition definition = Definition.parse("<domain type='xen'><name>web1</name><uuid>" + WEB
            + "</uuid><memory unit='GiB'>4</memory><vcpu>1</vcpu><os><type>xenpvh</type></os></domain>");

    private void taken(int minute, UUID guest, long packBytes) {
        Instant instant = Instant.parse("2026-11-22T10:00:00Z").plus(Duration.ofMinutes(minute));
        CheckpointId id = CheckpointId.at(instant);
        packs.put(id, packBytes);
        manifests.add(new Manifest(
                id,
                "web1",
                guest,
                "xen1",
                Optional.empty(),
                instant,
                Method.LIVE,
                Definition.Kind.PVH,
                4 * GIB,
                1,
                ImageFormat.LIBXL,
                4 * GIB,
                "ab".repeat(32),
                "cd".repeat(32),
                Optional.empty(),
                Duration.ZERO,
                Duration.ZERO,
                Duration.ZERO,
                "4.17.7",
                "9.0.0",
                List.of(),
                List.of(),
                Duration.ZERO,
                List.of()));
    }

    private SpacePrediction predicted() {
        return SpacePrediction.of(store, store.list(), WEB, definition);
    }

    @Test
    void aFirstCheckpointMayNeedAllOfTheMemoryWhateverOthersTook() {
        taken(0, new UUID(9, 9), 10 * MIB);
        assertThat(predicted().bytes()).isBetween(4 * GIB, 5 * GIB);
    }

    @Test
    void laterOnesAreLearnedFromTheLastThreeAndNotFromTheFirst() {
        taken(0, WEB, 2 * GIB);
        assertThat(predicted().bytes()).isGreaterThan(4 * GIB);
        taken(1, WEB, 900 * MIB);
        taken(2, WEB, 40 * MIB);
        taken(3, WEB, 60 * MIB);
        taken(4, WEB, 50 * MIB);
        assertThat(predicted().bytes()).isBetween(120 * MIB, 200 * MIB);
    }

    @Test
    void noCheckpointNeedsMoreThanItsMemory() {
        taken(0, WEB, 3 * GIB);
        taken(1, WEB, 3 * GIB);
        assertThat(predicted().bytes()).isBetween(4 * GIB, 5 * GIB);
    }

    @Test
    void aStoreWithoutRoomForThePredictionRefusesEarly() {
        taken(0, WEB, GIB);
        taken(1, WEB, 50 * MIB);
        free = 300 * MIB;
        assertThat(CaptureRules.space(store, store.list(), WEB, definition)).isEmpty();
        free = 100 * MIB;
        assertThat(CaptureRules.space(store, store.list(), WEB, definition))
                .map(Reason::code)
                .contains("store-too-full");
    }
}
