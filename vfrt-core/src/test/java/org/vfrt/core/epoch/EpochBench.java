package org.vfrt.core.epoch;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.vfrt.core.durable.DurableFiles;
import org.vfrt.core.image.EndlessGuest;

/** Measures how fast epochs are taken in, from the stream's bytes to their being what {@link EpochImage} reads. Started by scripts/bench/epochs. */
public final class EpochBench {

    private static final double MEGA = 1e6;
    private static final double GIGA = 1e9;

    private EpochBench() {}

    private record Taken(Epoch epoch, long nanos) {}

    /** Usage: EpochBench [MEBIBYTES [EPOCHS [PERCENT [DIRECTORY]]]]. */
    public static void main(String[] arguments) throws IOException {
        long mebibytes = arguments.length > 0 ? Long.parseLong(arguments[0]) : 1024;
        int epochs = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 20;
        int percent = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 5;
        Path directory =
                Files.createTempDirectory(Path.of(arguments.length > 3 ? arguments[3] : "/dev/shm"), "vfrt-epochs");
        List<Taken> taken = new ArrayList<>();
        try {
            long begun = System.nanoTime();
            ReceiveEpochs.Ended ended = new ReceiveEpochs(directory.resolve("guest"), Clock.systemUTC())
                    .run(
                            new EndlessGuest(mebibytes << 20, epochs, percent),
                            new ReceiveEpochs.Origin("<domain/>", mebibytes << 20, Duration.ofSeconds(1)),
                            epoch -> taken.add(new Taken(epoch, System.nanoTime())));
            if (taken.size() != epochs) {
                throw new IllegalStateException(ended.why());
            }
            report(mebibytes, percent, begun, taken);
        } finally {
            DurableFiles.removeTree(directory);
        }
    }

    private static void report(long mebibytes, int percent, long begun, List<Taken> taken) {
        Taken first = taken.get(0);
        Taken last = taken.get(taken.size() - 1);
        double firstRate = first.epoch().bytes() / MEGA / ((first.nanos() - begun) / GIGA);
        double seconds = (last.nanos() - first.nanos()) / GIGA;
        long bytes =
                taken.stream().skip(1).mapToLong(one -> one.epoch().bytes()).sum();
        double each = seconds * 1000 / Math.max(1, taken.size() - 1);
        System.out.printf(
                Locale.ROOT,
                "guest of %d MiB, %d epochs after the first, of %d %% of its pages; the stream is made meanwhile%n%n",
                mebibytes,
                taken.size() - 1,
                percent);
        System.out.printf(
                Locale.ROOT,
                "RESULT first_mb_per_s=%.0f epoch_mb_per_s=%.0f epoch_ms=%.1f heap_mib=%d%n",
                firstRate,
                bytes / MEGA / seconds,
                each,
                heapPeakBytes() >> 20);
    }

    private static long heapPeakBytes() {
        long bytes = 0;
        for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
            if (pool.getType() == MemoryType.HEAP) {
                bytes += pool.getPeakUsage().getUsed();
            }
        }
        return bytes;
    }
}
