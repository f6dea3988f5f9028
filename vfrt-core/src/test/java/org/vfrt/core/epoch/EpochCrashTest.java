package org.vfrt.core.epoch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.core.durable.DurableFiles;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.image.SyntheticStream;
import org.vfrt.core.store.Disk;
import org.vfrt.core.store.PowerCut;

/**
 * Whenever the receiver dies or the power fails, the last epoch that was said to be kept can be read, or a later one that was complete, and never a
 * mixture. Two streams are received, one after the other, on a disk that writes down each step; then the crash is put between any two of them.
 * {@code -Dvfrt.faults=N} tries N times as many.
 */
final class EpochCrashTest {

    private static final long SEED = 20261130;
    private static final int EPOCHS = 4;
    private static final SyntheticStream FIRST =
            SyntheticStream.of(SyntheticStream.Kind.HVM, 70).live(2).remus(EPOCHS);
    private static final SyntheticStream SECOND = FIRST.seed(2);
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-11-30T12:00:00Z"), ZoneOffset.UTC);

    @TempDir
    private Path directory;

    private final List<AssertionError> lost = new ArrayList<>();

    /** Which image must be there, or one that comes later in the list, when so many operations have happened. */
    private record Promise(int operations, int image) {}

    private static final List<byte[]> IMAGES = images();

    private static List<byte[]> images() {
        List<byte[]> images = new ArrayList<>();
        for (SyntheticStream stream : List.of(FIRST, SECOND)) {
            for (int epoch = 1; epoch <= EPOCHS; epoch++) {
                images.add(stream.normalFormOf(epoch));
            }
        }
        return images;
    }

    private static void receive(Path guest, SyntheticStream stream, java.util.function.Consumer<Epoch> heard) {
        new ReceiveEpochs(guest, CLOCK)
                .run(
                        stream.open(),
                        new ReceiveEpochs.Origin("<domain/>", stream.memoryBytes(), Duration.ofSeconds(1)),
                        heard);
    }

    /** Returns the number of the image that is there, -1 when there is none. */
    private static int found(Path guest) throws IOException {
        Optional<EpochImage> open = EpochImage.open(guest);
        if (open.isEmpty()) {
            return -1;
        }
        try (EpochImage image = open.get()) {
            byte[] bytes = image.stream().readAllBytes();
            assertThat(image.bytes()).isEqualTo(bytes.length);
            for (int i = 0; i < IMAGES.size(); i++) {
                if (java.util.Arrays.equals(IMAGES.get(i), bytes)) {
                    return i;
                }
            }
            throw new AssertionError("an image of " + bytes.length + " bytes that never was, said to be of epoch "
                    + image.epoch().number());
        }
    }

    @Test
    void aCrashBetweenAnyTwoStepsLeavesTheLastEpochThatWasKeptOrALaterOne() throws IOException {
        Disk disk = new Disk(Files.createDirectory(directory.resolve("told")));
        Path guest = disk.root().resolve("guest");
        List<Promise> promises = new ArrayList<>(List.of(new Promise(0, -1)));
        receive(guest, FIRST, epoch -> promises.add(new Promise(disk.size(), (int) epoch.number() - 1)));
        receive(guest, SECOND, epoch -> promises.add(new Promise(disk.size(), EPOCHS + (int) epoch.number() - 1)));
        int times = Integer.getInteger("vfrt.faults", 1);
        Set<String> seen = new HashSet<>();
        int crashes = 0;
        for (int count = 0; count <= disk.size(); count++) {
            for (PowerCut.Model model : PowerCut.Model.values()) {
                int tries = model == PowerCut.Model.BY_CHANCE ? 2 * times : 1;
                for (int attempt = 0; attempt < tries; attempt++) {
                    crashes++;
                    long seed = SEED + count * 1000L + attempt;
                    Map<String, byte[]> left = PowerCut.after(disk, count, model, new SplittableRandom(seed));
                    int promised = promised(promises, count);
                    if (seen.add(PowerCut.sha256(left) + promised)) {
                        look(
                                left,
                                promised,
                                "after " + count + " of " + disk.size() + " operations, " + model + ", seed " + seed);
                    }
                }
            }
        }
        System.out.printf(
                Locale.ROOT,
                "epoch crashes: %d boundaries, %d crashes, %d different disks after them; lost: %d%n",
                disk.size() + 1,
                crashes,
                seen.size(),
                lost.size());
        assertThat(lost.stream().limit(10)).isEmpty();
    }

    private static int promised(List<Promise> promises, int count) {
        return promises.stream()
                .filter(promise -> promise.operations() <= count)
                .mapToInt(Promise::image)
                .max()
                .orElseThrow();
    }

    private void look(Map<String, byte[]> left, int promised, String where) throws IOException {
        Path place = Files.createDirectory(directory.resolve("left"));
        try {
            PowerCut.write(left, place);
            Path guest = place.resolve("guest");
            int there = found(guest);
            assertThat(there).isBetween(promised, promised + 1);
            // whoever reads finishes what was being put into place; it must be the same the next time
            assertThat(found(guest)).isEqualTo(there);
            receive(guest, SECOND, epoch -> {});
            assertThat(found(guest)).isEqualTo(IMAGES.size() - 1);
        } catch (IOException | RuntimeException | AssertionError e) {
            lost.add(new AssertionError(where + ": " + e.getMessage(), e));
        } finally {
            DurableFiles.removeTree(place);
        }
    }

    @Test
    void whoDiesInTheMiddleOfFinishingIsFinishedByTheNext() throws IOException {
        Disk clean = new Disk(Files.createDirectory(directory.resolve("clean")));
        receive(clean.root().resolve("guest"), FIRST, epoch -> {});
        int deaths = 0;
        for (int after = 0; after < clean.size(); after += 3) {
            Path place = Files.createDirectory(directory.resolve("place"));
            Disk disk = new Disk(place);
            int[] kept = {-1};
            disk.breakAfter(after, Disk.Fault.DEATH);
            attempt(() -> receive(disk.root().resolve("guest"), FIRST, epoch -> kept[0]++));
            disk.mend();
            int there = -1;
            for (int again = 0; ; again++) {
                disk.breakAfter(again, Disk.Fault.DEATH);
                boolean finished = attempt(() -> found(disk.root().resolve("guest")));
                if (!disk.mend() && finished) {
                    there = found(disk.root().resolve("guest"));
                    break;
                }
                deaths++;
            }
            assertThat(there).isBetween(kept[0], kept[0] + 1);
            DurableFiles.removeTree(place);
        }
        assertThat(deaths).isPositive();
    }

    @Test
    void aDiskThatIsFullEndsItWithTheLastEpochThatWasKept() throws IOException {
        Disk clean = new Disk(Files.createDirectory(directory.resolve("clean")));
        receive(clean.root().resolve("guest"), FIRST, epoch -> {});
        for (int after = 1; after < clean.size(); after += 5) {
            Path place = Files.createDirectory(directory.resolve("place"));
            Disk disk = new Disk(place);
            int[] kept = {-1};
            disk.breakAfter(after, Disk.Fault.FULL);
            attempt(() -> receive(disk.root().resolve("guest"), FIRST, epoch -> kept[0]++));
            disk.mend();
            assertThat(found(disk.root().resolve("guest"))).isBetween(kept[0], kept[0] + 1);
            DurableFiles.removeTree(place);
        }
    }

    @FunctionalInterface
    private interface Deed {
        void run() throws IOException;
    }

    /** Returns whether it worked. */
    private static boolean attempt(Deed deed) {
        try {
            deed.run();
            return true;
        } catch (IOException | Failure e) {
            return false;
        }
    }
}
