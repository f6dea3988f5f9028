package org.vfrt.core.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.vfrt.core.image.RawStream.filled;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FlattenTest {

    @TempDir
    Path directory;

    @ParameterizedTest
    @EnumSource(SyntheticStream.Kind.class)
    void theNormalFormHasEachPageOnceInItsLatestState(SyntheticStream.Kind kind) throws IOException {
        SyntheticStream guest = SyntheticStream.of(kind, 3000).live(4);

        byte[] flat = flatten(guest.bytes(), guest.limits());

        List<Long> order = new ArrayList<>();
        Map<Long, byte[]> data = new java.util.HashMap<>();
        StreamReader.read(new ByteArrayInputStream(flat), new StreamVisitor() {
            @Override
            public void batch(long byteOffset, long[] entries, int count) {
                for (int i = 0; i < count; i++) {
                    order.add(PageEntry.pfn(entries[i]));
                }
            }

            @Override
            public void page(long entry, byte[] buffer, int offset) {
                data.put(PageEntry.pfn(entry), java.util.Arrays.copyOfRange(buffer, offset, offset + 4096));
            }
        });
        Map<Long, Optional<byte[]>> expected = guest.memory();
        assertThat(order).containsExactlyElementsOf(expected.keySet());
        expected.forEach(
                (pfn, page) -> assertThat(data.get(pfn)).as("page %d", pfn).isEqualTo(page.orElse(null)));
        assertThat(new StreamCheck(guest.limits())
                        .read(new ByteArrayInputStream(flat))
                        .rounds())
                .isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource(SyntheticStream.Kind.class)
    void flatteningAFlatStreamChangesNothing(SyntheticStream.Kind kind) throws IOException {
        SyntheticStream guest = SyntheticStream.of(kind, 3000);
        assertThat(flatten(guest.bytes(), guest.limits())).isEqualTo(guest.bytes());
        byte[] once = flatten(guest.live(3).bytes(), guest.limits());
        assertThat(flatten(once, guest.limits())).isEqualTo(once);
    }

    @Test
    void recordsAroundAndBetweenPagesKeepTheirOrder() throws IOException {
        byte[] stream = new RawStream()
                .pvhFront()
                .record(0x80000001, filled(3, 1))
                .pages(new long[] {9, 3}, filled(4096, 9), filled(4096, 3))
                .record(0x80000002, filled(5, 2))
                .pages(new long[] {0xfL << 60 | 9, 2}, filled(4096, 2))
                .record(0xd)
                .pages(new long[] {3}, filled(4096, 33))
                .record(0x80000003)
                .pvhBack()
                .bytes();
        byte[] expected = new RawStream()
                .pvhFront()
                .record(0x80000001, filled(3, 1))
                .pages(new long[] {2, 3, 0xfL << 60 | 9}, filled(4096, 2), filled(4096, 3))
                .record(0x80000002, filled(5, 2))
                .record(0x80000003)
                .pvhBack()
                .bytes();
        assertThat(flatten(stream, StreamLimits.forGuest(1 << 20))).isEqualTo(expected);
    }

    @Test
    void nothingIsWrittenOfADamagedStream() throws IOException {
        byte[] stream = SyntheticStream.of(SyntheticStream.Kind.PVH, 100).bytes();
        Path file = Files.write(directory.resolve("image"), java.util.Arrays.copyOf(stream, stream.length - 8));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            assertThatThrownBy(() -> new Flatten(StreamLimits.forGuest(1 << 20)).write(channel, 0, out))
                    .isInstanceOf(MalformedImage.class)
                    .hasMessage("the image is cut short at byte " + (stream.length - 8));
        }
        assertThat(out.size()).isZero();
    }

    /** Flattens a stream that lies behind a head of odd length, as in a save file. */
    private byte[] flatten(byte[] stream, StreamLimits limits) throws IOException {
        Path file = directory.resolve("image");
        Files.write(file, new RawStream().raw(filled(195, 'h')).raw(stream).bytes());
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            new Flatten(limits).write(channel, 195, out);
        }
        return out.toByteArray();
    }
}
