package org.vfrt.xen.s3;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vfrt.core.checkpoint.CheckpointId;
import org.vfrt.core.checkpoint.Manifest;
import org.vfrt.core.checkpoint.Progress;
import org.vfrt.core.config.StoreLocation;
import org.vfrt.core.failure.Busy;
import org.vfrt.core.failure.NotFound;
import org.vfrt.core.failure.Temporary;
import org.vfrt.core.pack.StoreKey;
import org.vfrt.core.store.CheckStore;
import org.vfrt.core.store.CollectGarbage;
import org.vfrt.core.store.Deed;
import org.vfrt.core.store.PackedStore;

/** Several machines take, delete, read and collect in one bucket at once, and none disturbs another. */
final class S3RaceTest {

    private static final StoreLocation.Bucket PLACE = new StoreLocation.Bucket(S3Server.BUCKET, "race");
    private static final int MACHINES = 3;
    private static final int TURNS = 14;
    private static final int GENERATIONS = 5;

    @TempDir
    private Path directory;

    private final Map<CheckpointId, Integer> taken = new ConcurrentHashMap<>();
    private final Map<Integer, byte[]> images = new ConcurrentHashMap<>();
    private final AtomicInteger done = new AtomicInteger();
    private final AtomicInteger givenUp = new AtomicInteger();
    private int states;

    private PackedStore store(Objects objects) throws IOException {
        return new PackedStore(
                new S3Backend(
                        objects,
                        PLACE,
                        Files.createDirectory(directory.resolve("state" + ++states)),
                        64L << 20,
                        new Random(states),
                        new LinuxProcesses(),
                        Duration.ofSeconds(60),
                        Duration.ofSeconds(60)),
                StoreKey.none(),
                new Random(states));
    }

    private static byte[] image(PackedStore store, CheckpointId id) throws IOException {
        try (InputStream image = store.image(id)) {
            return image.readAllBytes();
        }
    }

    private static CheckpointId id(int number) {
        return CheckpointId.at(Instant.parse("2026-11-22T10:15:00Z").plusSeconds(number));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatEachSawCommittedIsThereAndWhole(boolean real) throws Exception {
        if (!real) {
            race(new MemoryObjects(), 3);
            return;
        }
        try (S3Server server = S3Server.start();
                Objects objects = server.objects(PLACE)) {
            race(objects, 1);
        }
    }

    private void race(Objects objects, int times) throws Exception {
        PackedStore alone = store(objects);
        for (int generation = 0; generation < GENERATIONS; generation++) {
            CheckpointId id = id(generation);
            new Deed.Take(id, new UUID(9, 9), generation).to(alone);
            images.put(generation, image(alone, id));
            taken.put(id, generation);
        }
        ExecutorService threads = Executors.newFixedThreadPool(MACHINES);
        for (int time = 0; time < times; time++) {
            List<Future<?>> all = new ArrayList<>();
            for (int machine = 1; machine <= MACHINES; machine++) {
                PackedStore own = store(objects);
                int seed = 100 * time + machine;
                all.add(threads.submit(() -> {
                    work(own, seed);
                    return null;
                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
        }
        threads.shutdown();
        assertThat(done.get()).isGreaterThan(givenUp.get() * 4);
        System.out.printf(Locale.ROOT, "bucket race: %d done, %d given up%n", done.get(), givenUp.get());
        PackedStore after = store(objects);
        for (Manifest manifest : after.list()) {
            assertThat(image(after, manifest.id())).isEqualTo(images.get(taken.get(manifest.id())));
        }
        new CollectGarbage(after).run(false, Progress.NONE);
        CheckStore.Outcome checked = new CheckStore(after, Clock.systemUTC()).run(true, Progress.NONE);
        assertThat(checked.wrong()).isEmpty();
        assertThat(checked.suffering()).isEmpty();
        assertThat(objects.list("uses/").value()).isEmpty();
    }

    private void work(PackedStore store, int seed) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        for (int turn = 0; turn < TURNS; turn++) {
            try {
                switch (random.nextInt(6)) {
                    case 0, 1, 2 -> {
                        int generation = random.nextInt(GENERATIONS);
                        CheckpointId id = id(1000 * seed + turn);
                        taken.put(id, generation);
                        new Deed.Take(id, new UUID(1, seed % 2), generation).to(store);
                        assertThat(store.manifest(id).id()).isEqualTo(id);
                    }
                    case 3 -> any(store, random).ifPresent(store::delete);
                    case 4 -> {
                        CheckpointId id = any(store, random).orElseThrow();
                        assertThat(image(store, id)).isEqualTo(images.get(taken.get(id)));
                    }
                    default -> new CollectGarbage(store).run(false, Progress.NONE);
                }
                done.incrementAndGet();
            } catch (NotFound e) {
                // Another machine deleted it first.
                done.incrementAndGet();
            } catch (Busy | Temporary e) {
                givenUp.incrementAndGet();
            }
        }
    }

    private static java.util.Optional<CheckpointId> any(PackedStore store, SplittableRandom random) {
        List<CheckpointId> there = store.list().stream().map(Manifest::id).toList();
        return there.isEmpty()
                ? java.util.Optional.empty()
                : java.util.Optional.of(there.get(random.nextInt(there.size())));
    }
}
