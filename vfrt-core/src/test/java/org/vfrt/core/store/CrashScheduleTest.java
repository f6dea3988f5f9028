package org.vfrt.core.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.vfrt.core.store.StoreAfterCrash.WEB;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.core.checkpoint.CheckpointId;
import org.vfrt.core.durable.DurableFiles;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.pack.StoreKey;

/**
 * Checkpoints are taken, marked, deleted and collected in whatever order, processes die and the power fails in between, one after the
 * other on the same disk, and nothing that was promised is lost. {@code -Dvfrt.faults=N} tries N times as many schedules.
 */
final class CrashScheduleTest {

    private static final UUID OTHER = new UUID(2, 2);
    private static final int SCHEDULES = 12;
    private static final int DEEDS = 25;
    /** About as many as the longest deed has. */
    private static final int OPERATIONS = 120;

    @TempDir
    private Path directory;

    private int deeds;
    private int deaths;
    private int places;
    private int powerCuts;

    @Test
    void nothingIsLostInWhateverOrderItHappens() throws IOException {
        Disk clean = new Disk(Files.createDirectory(directory.resolve("clean")));
        for (int generation = 0; generation < Deed.GENERATIONS; generation++) {
            Deed.Take take = new Deed.Take(id(generation), WEB, generation);
            take.to(StoreAfterCrash.store(clean, StoreKey.none(), generation));
            StoreAfterCrash.learn(StoreAfterCrash.store(clean, StoreKey.none(), generation), take);
        }
        List<AssertionError> lost = new ArrayList<>();
        for (int seed = 1; seed <= SCHEDULES * StoreCrashTest.times(); seed++) {
            try {
                schedule(seed);
            } catch (IOException | RuntimeException | AssertionError e) {
                lost.add(new AssertionError("seed " + seed + ": " + e.getMessage(), e));
            }
        }
        System.out.printf(
                Locale.ROOT,
                "store schedules: %d deeds, %d deaths, %d power cuts, lost: %d%n",
                deeds,
                deaths,
                powerCuts,
                lost.size());
        assertThat(lost).isEmpty();
    }

    private static CheckpointId id(int number) {
        return CheckpointId.at(Instant.parse("2026-11-22T10:15:00Z").plusSeconds(number));
    }

    private void schedule(int seed) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        StoreKey key = StoreCrashTest.key(random.nextBoolean());
        Disk disk = new Disk(place());
        Promise promise = Promise.NOTHING;
        for (int step = 1; step <= DEEDS; step++) {
            Deed deed = deed(random, promise, step);
            boolean dies = random.nextInt(3) == 0;
            if (dies) {
                disk.breakAfter(random.nextInt(OPERATIONS), Disk.Fault.DEATH);
            }
            boolean done = isDone(deed, StoreAfterCrash.store(disk, key, seed * 1000L + step));
            boolean died = disk.mend();
            assertThat(done || died).as("%s is done", deed).isTrue();
            deeds++;
            deaths += died ? 1 : 0;
            promise = done ? promise.after(deed) : promise.during(deed);
            if (random.nextInt(4) == 0) {
                powerCuts++;
                PowerCut.Model[] models = PowerCut.Model.values();
                PowerCut.Model model = models[1 + random.nextInt(models.length - 1)];
                Path place = place();
                PowerCut.write(PowerCut.after(disk, disk.size(), model, random), place);
                disk = new Disk(place);
                promise = new StoreAfterCrash(disk, key, promise).holds();
            } else if (died) {
                // What a dead process left open stays so: a later power cut can still decide it.
                new StoreAfterCrash(disk, key, promise).holds();
            }
        }
        new StoreAfterCrash(disk, key, promise).holds();
    }

    /** One of two, so that the other can be read meanwhile. */
    private Path place() throws IOException {
        Path place = directory.resolve("place" + ++places % 2);
        DurableFiles.removeTree(place);
        return Files.createDirectory(place);
    }

    private static Deed deed(SplittableRandom random, Promise promise, int step) {
        List<CheckpointId> there = List.copyOf(promise.sure().keySet());
        if (there.isEmpty()) {
            return take(random, step);
        }
        CheckpointId one = there.get(random.nextInt(there.size()));
        return switch (random.nextInt(8)) {
            case 0, 1, 2 -> take(random, step);
            case 3, 4 -> new Deed.Delete(one);
            case 5 -> new Deed.Note(one);
            default -> new Deed.Collect();
        };
    }

    private static Deed take(SplittableRandom random, int step) {
        return new Deed.Take(id(step), random.nextBoolean() ? WEB : OTHER, random.nextInt(Deed.GENERATIONS));
    }

    private static boolean isDone(Deed deed, PackedStore store) {
        try {
            deed.to(store);
            return true;
        } catch (Failure | IOException e) {
            return false;
        }
    }
}
