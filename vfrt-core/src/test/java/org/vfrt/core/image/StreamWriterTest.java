package org.vfrt.core.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.vfrt.core.image.RawStream.filled;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class StreamWriterTest {

    @ParameterizedTest
    @EnumSource(SyntheticStream.Kind.class)
    void whatIsReadIsWrittenAgainByteForByte(SyntheticStream.Kind kind) throws IOException {
        byte[] stream = SyntheticStream.of(kind, 2500).live(3).bytes();
        assertThat(copy(stream)).isEqualTo(stream);
    }

    @Test
    void optionalRecordsAndOldVersionsSurvive() throws IOException {
        byte[] stream = new RawStream()
                .libxl(2, 2)
                .record(1)
                .libxc(2, 2, 0, 12)
                .record(0x80000001, filled(3, 4))
                .pages(new long[] {0xfL << 60 | 3, 5, 0xeL << 60 | 6}, filled(4096, 1))
                .record(0x80000002)
                .hvmState()
                .record(0)
                .record(0x80000007, filled(400_001, 8))
                .record(0)
                .bytes();
        assertThat(copy(stream)).isEqualTo(stream);
    }

    @Test
    void longListsAreSplitIntoRecordsOf1024Pages() throws IOException {
        long[] list = new long[3000];
        for (int i = 0; i < list.length; i++) {
            // the second record of the three has no data at all
            list[i] = (i >= 1024 && i < 2048 ? 0xfL << 60 : 0) | i;
        }
        byte[] data = filled(4096 * (3000 - 1024), 6);
        byte[] stream = new RawStream().pvhFront().pages(list, data).pvhBack().bytes();

        byte[] written = copy(stream);

        java.util.List<Integer> counts = new java.util.ArrayList<>();
        StreamReader.read(new ByteArrayInputStream(written), new StreamVisitor() {
            @Override
            public void batch(long byteOffset, long[] entries, int count) {
                counts.add(count);
            }
        });
        assertThat(counts).containsExactly(1024, 1024, 952);
        assertThat(written.length).isEqualTo(stream.length + 2 * 16);
        assertThat(new StreamCheck(StreamLimits.forGuest(1 << 24))
                        .read(new ByteArrayInputStream(written))
                        .pages())
                .isEqualTo(3000 - 1024);
    }

    @Test
    void aHalfWrittenRecordIsTheCallersMistake() throws IOException {
        StreamWriter writer = new StreamWriter(new ByteArrayOutputStream());
        writer.batch(0, new long[] {1, 2}, 2);
        writer.page(1, new byte[4096], 0);
        assertThatThrownBy(() -> writer.end(0)).isInstanceOf(IllegalStateException.class);
        writer.page(2, new byte[4096], 0);
        assertThatThrownBy(() -> writer.page(3, new byte[4096], 0)).isInstanceOf(IllegalStateException.class);
        writer.record(new RecordHead(Layer.LIBXC, 9, 10, 0));
        assertThatThrownBy(() -> writer.body(new byte[11], 0, 11)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> writer.record(new RecordHead(Layer.LIBXC, 0, 0, 0)))
                .isInstanceOf(IllegalStateException.class);
    }

    private static byte[] copy(byte[] stream) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        StreamReader.read(new ByteArrayInputStream(stream), new StreamWriter(out));
        return out.toByteArray();
    }
}
