package org.vfrt.core.store;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.file.Path;
import java.util.Locale;
import org.vfrt.core.checkpoint.CheckpointId;
import org.vfrt.core.image.SyntheticGuest;
import org.vfrt.core.image.SyntheticGuest.Contents;

/** Stores and restores without any hypervisor. Started by scripts/bench/store, which measures it from outside. */
public final class StoreBench {

    private static final int BUFFER_BYTES = 256 << 10;
    private static final String GUEST = "synthetic";

    private StoreBench() {}

    /** Usage: see {@link #usage}. */
    public static void main(String[] arguments) throws IOException {
        if (arguments.length < 3) {
            throw usage();
        }
        BenchStore store = new BenchStore(Path.of(arguments[1]));
        switch (arguments[0]) {
            case "store" ->
                store.store(
                        new CheckpointId(arguments[2]),
                        arguments[3],
                        Long.parseLong(arguments[4]) << 20,
                        new FileInputStream(FileDescriptor.in));
            case "restore" -> restore(store, new CheckpointId(arguments[2]));
            case "ingest" -> ingest(store, Long.parseLong(arguments[2]) << 20, Integer.parseInt(arguments[3]));
            case "heap" -> heap(store, Long.parseLong(arguments[2]) << 20);
            default -> throw usage();
        }
    }

    private static IllegalArgumentException usage() {
        return new IllegalArgumentException("StoreBench store STORE ID GUEST MEBIBYTES <stream"
                + " | restore STORE ID >stream | ingest STORE MEBIBYTES CHECKPOINTS | heap STORE MEBIBYTES");
    }

    private static void restore(BenchStore store, CheckpointId id) throws IOException {
        try (InputStream image = store.restore(id);
                OutputStream out = new FileOutputStream(FileDescriptor.out)) {
            byte[] buffer = new byte[BUFFER_BYTES];
            for (int count = image.read(buffer); count >= 0; count = image.read(buffer)) {
                out.write(buffer, 0, count);
            }
        }
    }

    /** How fast checkpoints of which 90 % of the pages are unchanged come in, once the first is there and the JVM is warm. */
    private static void ingest(BenchStore store, long memoryBytes, int checkpoints) throws IOException {
        double first = seconds(() -> synthetic(store, memoryBytes, 0, 100, Contents.TEXT));
        double later = 0;
        double slowest = 0;
        for (int generation = 1; generation <= checkpoints; generation++) {
            int now = generation;
            double took = seconds(() -> synthetic(store, memoryBytes, now, 100, Contents.TEXT));
            later += took;
            slowest = Math.max(slowest, took);
        }
        double generator = seconds(() -> drain(new SyntheticGuest(memoryBytes, checkpoints, 100, Contents.TEXT)));
        double megabytes = memoryBytes / 1e6;
        System.out.printf(
                Locale.ROOT,
                "first_mb_s=%.0f ingest_mb_s=%.0f slowest_mb_s=%.0f generator_mb_s=%.0f%n",
                megabytes / first,
                megabytes * checkpoints / later,
                megabytes / slowest,
                megabytes / generator);
    }

    /** The most heap that was in use while a guest of so many pages was stored, stored again with 2 % changed, and restored. */
    private static void heap(BenchStore store, long memoryBytes) throws IOException {
        double first = seconds(() -> synthetic(store, memoryBytes, 0, 20, Contents.NUMBERS));
        long firstPeak = heapPeakBytes();
        double later = seconds(() -> synthetic(store, memoryBytes, 1, 20, Contents.NUMBERS));
        long laterPeak = heapPeakBytes();
        double restore = seconds(() -> drain(store.restore(id(1))));
        System.out.printf(
                Locale.ROOT,
                "first_s=%.1f later_s=%.1f restore_s=%.1f first_heap_mib=%d later_heap_mib=%d heap_mib=%d%n",
                first,
                later,
                restore,
                firstPeak >> 20,
                laterPeak >> 20,
                heapPeakBytes() >> 20);
    }

    private static void synthetic(
            BenchStore store, long memoryBytes, int generation, int changedPerMille, Contents contents)
            throws IOException {
        store.store(
                id(generation),
                GUEST,
                memoryBytes,
                new SyntheticGuest(memoryBytes, generation, changedPerMille, contents));
    }

    private static CheckpointId id(int generation) {
        return new CheckpointId(String.format(Locale.ROOT, "20260101T%06dZ-%08x", generation, generation));
    }

    private static void drain(InputStream in) throws IOException {
        byte[] buffer = new byte[BUFFER_BYTES];
        try (in) {
            while (in.read(buffer) >= 0) {
                // the store checks what it hands out
            }
        }
    }

    private interface Work {
        void run() throws IOException;
    }

    private static double seconds(Work work) throws IOException {
        long begin = System.nanoTime();
        work.run();
        return (System.nanoTime() - begin) / 1e9;
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
