package org.vfrt.core.image;

import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * Measures how fast {@link StreamCheck} reads, beside a plain read of the same bytes and their SHA-256, which the store computes
 * anyway. Started by scripts/bench/stream.
 */
public final class StreamBench {

    private static final double GIGA = 1e9;

    private StreamBench() {}

    /** Usage: StreamBench [MEBIBYTES [RUNS]]. */
    public static void main(String[] arguments) throws Exception {
        long mebibytes = arguments.length > 0 ? Long.parseLong(arguments[0]) : 4096;
        int runs = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 3;
        Generator.Shape shape = Generator.Shape.ofBytes(mebibytes << 20);

        // the JIT compiler needs about this much of each; afterwards the measured runs differ by a few percent only
        Generator.Shape warmUp = Generator.Shape.ofBytes(Math.min(mebibytes, 1024) << 20);
        plainRead(warmUp);
        check(warmUp);
        sha256(warmUp);

        System.out.printf(
                Locale.ROOT,
                "stream of %d MiB: %d pages, 3 rounds, 1 page in 3 zero; best of %d runs%n%n",
                mebibytes,
                shape.pages(),
                runs);
        System.out.printf("%-34s %8s %8s%n", "WHAT", "SECONDS", "GB/S");
        double read = row("plain read of the generator", shape, runs, StreamBench::plainRead);
        double checked = row("StreamCheck (generator included)", shape, runs, StreamBench::check);
        row("SHA-256 (generator included)", shape, runs, StreamBench::sha256);
        double alone = 1 / (1 / checked - 1 / read);
        System.out.printf(Locale.ROOT, "%-34s %8s %8.2f%n%n", "StreamCheck without the generator", "", alone);
        System.out.printf(Locale.ROOT, "RESULT gb_per_s=%.2f heap_mib=%d%n", checked, heapPeakBytes() >> 20);
    }

    private interface Work {
        long run(Generator.Shape shape) throws Exception;
    }

    private static double row(String name, Generator.Shape shape, int runs, Work work) throws Exception {
        double best = 0;
        double seconds = 0;
        for (int i = 0; i < runs; i++) {
            long begin = System.nanoTime();
            long bytes = work.run(shape);
            double took = (System.nanoTime() - begin) / GIGA;
            if (bytes / GIGA / took > best) {
                best = bytes / GIGA / took;
                seconds = took;
            }
        }
        System.out.printf(Locale.ROOT, "%-34s %8.2f %8.2f%n", name, seconds, best);
        return best;
    }

    private static long plainRead(Generator.Shape shape) throws IOException {
        InputStream in = new Generator(shape);
        byte[] buffer = new byte[256 << 10];
        long bytes = 0;
        for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
            bytes += count;
        }
        return bytes;
    }

    private static long sha256(Generator.Shape shape) throws Exception {
        InputStream in = new Generator(shape);
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        byte[] buffer = new byte[256 << 10];
        long bytes = 0;
        for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
            digest.update(buffer, 0, count);
            bytes += count;
        }
        if (digest.digest().length != 32) {
            throw new IllegalStateException("no digest");
        }
        return bytes;
    }

    private static long check(Generator.Shape shape) throws IOException {
        StreamSummary summary =
                new StreamCheck(StreamLimits.forGuest(shape.firstRoundPages() * 4096L)).read(new Generator(shape));
        if (summary.rounds() != 3 || summary.pages() != shape.pages()) {
            throw new IllegalStateException("the stream was not understood: " + summary);
        }
        return summary.bytes();
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

    /** A PVH guest's live stream in three rounds, made while it is read: one record's bytes again and again. */
    private static final class Generator extends InputStream {

        private static final int BATCH = 1024;

        /** Full records in each round. */
        record Shape(int first, int second, int third) {

            static Shape ofBytes(long bytes) {
                int records = (int) Math.max(4, bytes / (BATCH * 4096L));
                return new Shape(records - records / 8 - records / 8, records / 8 * 2 - 1, 1);
            }

            int firstRoundPages() {
                return first * BATCH;
            }

            long pages() {
                return (long) (first + second + third) * BATCH;
            }
        }

        private final Shape shape;
        private final byte[] front = new RawStream().pvhFront().bytes();
        private final byte[] back = new RawStream().pvhBack().bytes();
        private final byte[] batch;

        private byte[] current;
        private int position;
        private int next;

        Generator(Shape shape) {
            this.shape = shape;
            this.current = front;
            byte[][] pages = new byte[BATCH][];
            byte[] zero = new byte[4096];
            for (int i = 0; i < BATCH; i++) {
                pages[i] = i % 3 == 0 ? zero : page(i);
            }
            batch = new RawStream().pages(new long[BATCH], pages).bytes();
        }

        /** Half of the pages begin with zeros, as many of a real guest's do: a check by the first word alone is not enough. */
        private static byte[] page(int i) {
            byte[] page = new byte[4096];
            if (i % 2 == 0) {
                new SplittableRandom(i).nextBytes(page);
            } else {
                byte[] text = "not zero".getBytes(StandardCharsets.US_ASCII);
                System.arraycopy(text, 0, page, (i * 64) % 4000, text.length);
            }
            return page;
        }

        @Override
        public int read() throws IOException {
            throw new IOException("not meant to be read byte by byte");
        }

        @Override
        public int read(byte[] buffer, int offset, int length) {
            if (position == current.length && !advance()) {
                return -1;
            }
            int count = Math.min(length, current.length - position);
            System.arraycopy(current, position, buffer, offset, count);
            position += count;
            return count;
        }

        private boolean advance() {
            int records = shape.first() + shape.second() + shape.third();
            if (current == back) {
                return false;
            }
            if (next < records) {
                int inRound =
                        next < shape.first() ? next : next < shape.first() + shape.second() ? next - shape.first() : 0;
                for (int i = 0; i < BATCH; i++) {
                    Wire.putLongLe(batch, 16 + 8 * i, (long) inRound * BATCH + i);
                }
                current = batch;
                next++;
            } else {
                current = back;
            }
            position = 0;
            return true;
        }
    }
}
