package org.vfrt.core.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whatever the bytes are: an answer or a {@link MalformedImage}, soon, and in little memory. */
@Timeout(120)
class StreamFuzzTest {

    private static final StreamLimits LIMITS = StreamLimits.forGuest(1 << 20);
    private static final int ALLOCATED_BYTES_MAX = 16 << 20;

    @Test
    void noBytesMakeTheReaderHangOrFailInAnyOtherWay(@TempDir Path directory) throws Exception {
        List<byte[]> samples = samples();
        Path file = directory.resolve("image");
        int[] accepted = new int[1];
        Seeds.each(8000, random -> {
            byte[] bytes = mutate(samples.get(random.nextInt(samples.size())), random);
            if (answers(
                    () -> new StreamCheck(LIMITS).read(ImageSource.open(new ByteArrayInputStream(bytes)).stream()))) {
                accepted[0]++;
            }
            if (random.nextInt(10) == 0) {
                Files.write(file, bytes);
                try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
                    answers(() -> new Flatten(LIMITS).write(channel, 0, OutputStream.nullOutputStream()));
                }
            }
        });
        // some damage lies within a page and cannot be seen; that all of it is refused would mean that nothing was
        // tested
        if (System.getProperty("vfrt.seed", "").isEmpty()) {
            assertThat(accepted[0]).isBetween(100, 7900);
        }
    }

    private static List<byte[]> samples() throws IOException {
        List<byte[]> samples = new ArrayList<>();
        for (SyntheticStream.Kind kind : SyntheticStream.Kind.values()) {
            for (int rounds = 1; rounds <= 2; rounds++) {
                samples.add(SyntheticStream.of(kind, 6).live(rounds).bytes());
            }
        }
        for (ImageSource.Form form : ImageSource.Form.values()) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            SaveFile.writeHead(form, "<domain/>", out);
            out.write(samples.get(2));
            samples.add(out.toByteArray());
        }
        return samples;
    }

    /** Returns whether it was accepted. Fails on anything but an answer or a refusal, and when it took much memory. */
    private static boolean answers(Reading reading) throws IOException {
        var threads = (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        boolean accepted;
        try {
            reading.run();
            accepted = true;
        } catch (MalformedImage e) {
            assertThat(e.byteOffset()).isNotNegative();
            accepted = false;
        }
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(ALLOCATED_BYTES_MAX);
        return accepted;
    }

    @FunctionalInterface
    private interface Reading {
        StreamSummary run() throws IOException;
    }

    private static byte[] mutate(byte[] sample, SplittableRandom random) {
        byte[] bytes = sample.clone();
        int times = 1 + random.nextInt(3);
        for (int i = 0; i < times; i++) {
            bytes = mutateOnce(bytes, random);
        }
        return bytes;
    }

    private static byte[] mutateOnce(byte[] bytes, SplittableRandom random) {
        if (bytes.length < 16) {
            return bytes;
        }
        int at = place(bytes, random);
        switch (random.nextInt(7)) {
            case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
            case 1 -> bytes[at] = (byte) random.nextInt(256);
            case 2 -> Wire.putIntLe(bytes, Math.min(at & ~3, bytes.length - 4), interesting(random));
            case 3 -> Wire.putLongLe(bytes, Math.min(at & ~7, bytes.length - 8), random.nextLong());
            case 4 -> {
                return Arrays.copyOf(bytes, at);
            }
            case 5 -> {
                int length = Math.min(8 * (1 + random.nextInt(8)), bytes.length - at);
                byte[] shorter = Arrays.copyOf(bytes, bytes.length - length);
                System.arraycopy(bytes, at + length, shorter, at, shorter.length - at);
                return shorter;
            }
            default -> {
                int length = 8 * (1 + random.nextInt(8));
                int from = random.nextInt(Math.max(1, bytes.length - length));
                byte[] longer = Arrays.copyOf(bytes, bytes.length + length);
                System.arraycopy(bytes, at, longer, at + length, bytes.length - at);
                System.arraycopy(bytes, from, longer, at, Math.min(length, bytes.length - from));
                return longer;
            }
        }
        return bytes;
    }

    /** Most of a stream is pages, where nothing can go wrong; so prefer the front, the back, and words that are small. */
    private static int place(byte[] bytes, SplittableRandom random) {
        int range = Math.min(bytes.length, 600);
        return switch (random.nextInt(3)) {
            case 0 -> random.nextInt(range);
            case 1 -> bytes.length - 1 - random.nextInt(range);
            default -> random.nextInt(bytes.length);
        };
    }

    private static int interesting(SplittableRandom random) {
        int[] values = {0, 1, -1, 8, 9, 16, 0x7fffffff, 0x80000000, 128 << 20, (128 << 20) + 1, 4096, 32768, 32769};
        return random.nextBoolean() ? values[random.nextInt(values.length)] : random.nextInt(0x20);
    }
}
