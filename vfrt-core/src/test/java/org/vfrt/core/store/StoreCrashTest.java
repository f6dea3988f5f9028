package org.vfrt.core.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.vfrt.core.store.StoreAfterCrash.WEB;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vfrt.core.checkpoint.CheckpointId;
import org.vfrt.core.durable.DurableFiles;
import org.vfrt.core.pack.StoreKey;

/**
 * Whenever the process dies or the power fails, a store holds what was promised. A story is told once, on a disk that writes down each
 * step; then the crash is put between any two of them. {@code -Dvfrt.faults=N} tries N times as many.
 */
final class StoreCrashTest {

    private static final UUID OTHER = new UUID(2, 2);
    private static final long SEED = 20261125;

    @TempDir
    private Path directory;

    private final List<AssertionError> lost = new ArrayList<>();

    private record Done(Deed deed, int from, int to, Promise before, Promise after) {

        /** What must be there when so many operations happened. */
        Promise at(int count) {
            return count == from ? before : count >= to ? after : before.during(deed);
        }
    }

    static StoreKey key(boolean encrypted) {
        byte[] secret = new byte[StoreKey.BYTES];
        secret[0] = 1;
        return encrypted ? StoreKey.of(secret) : StoreKey.none();
    }

    static int times() {
        return Integer.getInteger("vfrt.faults", 1);
    }

    private static CheckpointId id(int number) {
        return CheckpointId.at(Instant.parse("2026-11-22T10:15:00Z").plusSeconds(number));
    }

    /** The first of a guest, others with differences to it and to each other, another guest with the same pages. */
    private static List<Deed> story() {
        List<CheckpointId> ids = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            ids.add(id(i));
        }
        return List.of(
                new Deed.Take(ids.get(0), WEB, 0),
                new Deed.Note(ids.get(0)),
                new Deed.Take(ids.get(1), WEB, 1),
                new Deed.Take(ids.get(2), OTHER, 1),
                new Deed.Take(ids.get(3), WEB, 4),
                new Deed.Note(ids.get(3)),
                new Deed.Delete(ids.get(0)),
                new Deed.Collect(),
                new Deed.Take(ids.get(4), OTHER, 6),
                new Deed.Delete(ids.get(2)),
                new Deed.Delete(ids.get(1)),
                new Deed.Collect(),
                new Deed.Take(ids.get(5), WEB, 6),
                new Deed.Delete(ids.get(4)),
                new Deed.Collect());
    }

    private Disk disk(String name) throws IOException {
        return new Disk(Files.createDirectory(directory.resolve(name)));
    }

    private List<Done> told(Disk disk, StoreKey key) throws IOException {
        List<Done> told = new ArrayList<>();
        Promise promise = Promise.NOTHING;
        for (Deed deed : story()) {
            int from = disk.size();
            PackedStore store = StoreAfterCrash.store(disk, key, from);
            deed.to(store);
            Promise after = promise.after(deed);
            told.add(new Done(deed, from, disk.size(), promise, after));
            promise = after;
            if (deed instanceof Deed.Take take) {
                StoreAfterCrash.learn(store, take);
            }
        }
        return told;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aCrashBetweenAnyTwoStepsLosesNothing(boolean encrypted) throws IOException {
        StoreKey key = key(encrypted);
        Disk disk = disk("told");
        List<Done> told = told(disk, key);
        Set<String> seen = new HashSet<>();
        // Encryption changes the bytes, not the order of the steps.
        int step = encrypted && times() == 1 ? 5 : 1;
        int boundaries = 0;
        int crashes = 0;
        long slowest = 0;
        for (Done done : told) {
            for (int count = done.from(); count <= done.to(); count += step) {
                boundaries++;
                for (PowerCut.Model model : PowerCut.Model.values()) {
                    int tries = model == PowerCut.Model.BY_CHANCE ? times() : 1;
                    for (int attempt = 0; attempt < tries; attempt++) {
                        crashes++;
                        long seed = SEED + count * 1000L + attempt;
                        Map<String, byte[]> left = PowerCut.after(disk, count, model, new SplittableRandom(seed));
                        Promise promise = done.at(count);
                        if (seen.add(PowerCut.sha256(left) + promise.hashCode())) {
                            // What comes afterwards takes most of the time, so a part of them is enough for each build.
                            boolean whole = times() > 1 || seen.size() % 5 == 0;
                            slowest = Math.max(slowest, goesOn(left, key, promise, done, count, model, seed, whole));
                        }
                    }
                }
            }
        }
        System.out.printf(
                Locale.ROOT,
                "store crashes (%s): %d boundaries, %d crashes, %d different disks after them; lost: %d; opened in %d ms"
                        + " at most%n",
                encrypted ? "encrypted" : "plain",
                boundaries,
                crashes,
                seen.size(),
                lost.size(),
                Duration.ofNanos(slowest).toMillis());
        assertThat(lost.stream().limit(10)).isEmpty();
    }

    private long goesOn(
            Map<String, byte[]> left,
            StoreKey key,
            Promise promise,
            Done done,
            int count,
            PowerCut.Model model,
            long seed,
            boolean whole)
            throws IOException {
        Path place = Files.createDirectory(directory.resolve("left"));
        PowerCut.write(left, place);
        StoreAfterCrash store = new StoreAfterCrash(new Disk(place), key, promise);
        try {
            if (whole) {
                store.andGoesOn();
            } else {
                store.holds();
            }
        } catch (IOException | RuntimeException | AssertionError e) {
            lost.add(new AssertionError(
                    "after operation " + (count - done.from()) + " of " + (done.to() - done.from()) + " of "
                            + done.deed() + ", " + model + ", seed " + seed + ": " + e.getMessage(),
                    e));
            System.out.println(lost.get(lost.size() - 1).getMessage());
        }
        DurableFiles.removeTree(place);
        return store.openedInNanos();
    }
}
