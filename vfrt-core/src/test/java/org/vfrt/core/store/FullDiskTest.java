package org.vfrt.core.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.vfrt.core.store.StoreAfterCrash.WEB;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.vfrt.core.checkpoint.CheckpointId;
import org.vfrt.core.checkpoint.Progress;
import org.vfrt.core.durable.DurableFiles;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.pack.StoreKey;

/** A disk that is full, or that fails once, damages nothing that is there. The fault is put at every write, sync and rename. */
final class FullDiskTest {

    private static final CheckpointId FIRST = CheckpointId.at(Instant.parse("2026-11-22T10:15:00Z"));
    private static final CheckpointId SECOND = CheckpointId.at(Instant.parse("2026-11-22T10:16:00Z"));
    private static final CheckpointId THIRD = CheckpointId.at(Instant.parse("2026-11-22T10:17:00Z"));
    private static final CheckpointId NEW = CheckpointId.at(Instant.parse("2026-11-22T10:18:00Z"));

    @TempDir
    private Path directory;

    private final StoreKey key = StoreKey.none();
    private Promise promise = Promise.NOTHING;
    private Map<String, byte[]> before = Map.of();

    /** Three checkpoints, of which the first is deleted: a collection has something to remove and something to write anew. */
    @BeforeEach
    void something() throws IOException {
        Disk disk = new Disk(Files.createDirectory(directory.resolve("before")));
        PackedStore store = StoreAfterCrash.store(disk, key, 1);
        List<Deed> deeds = List.of(
                new Deed.Take(FIRST, WEB, 0),
                new Deed.Take(SECOND, WEB, 3),
                new Deed.Note(SECOND),
                new Deed.Take(THIRD, WEB, 6),
                new Deed.Delete(FIRST));
        for (Deed deed : deeds) {
            deed.to(store);
            promise = promise.after(deed);
            if (deed instanceof Deed.Take take) {
                StoreAfterCrash.learn(store, take);
            }
        }
        before = PowerCut.after(disk, disk.size(), PowerCut.Model.PROCESS_DIES, new SplittableRandom(1));
    }

    @ParameterizedTest
    @EnumSource(
            value = Disk.Fault.class,
            names = {"FULL", "ONE_ERROR"})
    void whatIsThereStaysWhateverIsDone(Disk.Fault fault) throws IOException {
        int tried = tried(new Deed.Take(NEW, WEB, 6), fault)
                + tried(new Deed.Delete(SECOND), fault)
                + tried(new Deed.Note(THIRD), fault)
                + tried(new Deed.Collect(), fault);
        System.out.printf(Locale.ROOT, "store faults (%s): %d places, damaged: 0%n", fault, tried);
        assertThat(tried).isGreaterThan(50);
    }

    /** Does it again and again, with the fault one operation later each time, until there is none. */
    private int tried(Deed deed, Disk.Fault fault) throws IOException {
        int tried = 0;
        boolean struck = true;
        for (; struck; tried++) {
            Path place = Files.createDirectory(directory.resolve("tried"));
            PowerCut.write(before, place);
            Disk disk = new Disk(place);
            disk.breakAfter(tried, fault);
            boolean done = isDone(deed, disk);
            struck = disk.mend();
            try {
                Promise now = done ? promise.after(deed) : failed(deed, disk);
                new StoreAfterCrash(disk, key, now).andGoesOn();
            } catch (IOException | RuntimeException | AssertionError e) {
                throw new AssertionError(fault + " after " + tried + " operations of " + deed, e);
            }
            DurableFiles.removeTree(place);
        }
        return tried;
    }

    private boolean isDone(Deed deed, Disk disk) {
        try {
            deed.to(StoreAfterCrash.store(disk, key, 2));
            return true;
        } catch (Failure | IOException e) {
            // The image's pages are handed in with an IOException when they cannot be kept.
            return false;
        }
    }

    /** A capture that failed can neither be seen nor does it lie about; a deletion that failed may have come to its end. */
    private Promise failed(Deed deed, Disk disk) throws IOException {
        if (!(deed instanceof Deed.Take)) {
            return promise.during(deed);
        }
        try (Stream<Path> incoming = Files.list(disk.root().resolve("store/incoming"))) {
            assertThat(incoming).isEmpty();
        }
        return promise;
    }

    @Test
    void aFullDiskIsFreedByACollection() throws IOException {
        Path place = Files.createDirectory(directory.resolve("full"));
        PowerCut.write(before, place);
        Disk disk = new Disk(place);
        PackedStore store = StoreAfterCrash.store(disk, key, 3);
        store.delete(SECOND);
        store.delete(THIRD);
        disk.breakAfter(1, Disk.Fault.FULL);
        try {
            new CollectGarbage(store).run(false, Progress.NONE);
        } catch (Failure e) {
            // The index could not be made anew, which is a hint only.
            assertThat(e).hasMessageContaining("full");
        }
        disk.mend();

        assertThat(store.retiredNames()).isEmpty();
        new StoreAfterCrash(disk, key, Promise.NOTHING).andGoesOn();
    }
}
