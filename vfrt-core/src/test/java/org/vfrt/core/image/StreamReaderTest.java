package org.vfrt.core.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.vfrt.core.image.RawStream.filled;
import static org.vfrt.core.image.RawStream.little;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class StreamReaderTest {

    private static final StreamVisitor NOBODY = new StreamVisitor() {};

    @ParameterizedTest
    @EnumSource(SyntheticStream.Kind.class)
    void theLastStateOfEachPageIsWhatTheSenderHad(SyntheticStream.Kind kind) throws IOException {
        SyntheticStream guest = SyntheticStream.of(kind, 1500).live(3);
        byte[] hole = {};
        Map<Long, byte[]> memory = new TreeMap<>();

        StreamReader.read(guest.open(), new StreamVisitor() {
            @Override
            public void batch(long byteOffset, long[] entries, int count) {
                for (int i = 0; i < count; i++) {
                    memory.put(PageEntry.pfn(entries[i]), hole);
                }
            }

            @Override
            public void page(long entry, byte[] buffer, int offset) {
                memory.put(PageEntry.pfn(entry), Arrays.copyOfRange(buffer, offset, offset + RawStream.PAGE_BYTES));
            }
        });

        Map<Long, Optional<byte[]>> expected = guest.memory();
        assertThat(memory.keySet()).isEqualTo(expected.keySet());
        expected.forEach(
                (pfn, page) -> assertThat(memory.get(pfn)).as("page %d", pfn).isEqualTo(page.orElse(hole)));
    }

    @Test
    void nothingBehindTheEndIsRead() throws IOException {
        byte[] stream = SyntheticStream.of(SyntheticStream.Kind.HVM, 40).bytes();
        SlowInput in = new SlowInput(stream, new IOException("read past the end"));

        assertThat(StreamReader.read(in, NOBODY)).isEqualTo(stream.length);
    }

    @Test
    void aBrokenConnectionIsNotMistakenForADamagedImage() {
        byte[] stream = SyntheticStream.of(SyntheticStream.Kind.PVH, 40).bytes();
        IOException reset = new IOException("connection reset");
        InputStream in = new SlowInput(Arrays.copyOf(stream, stream.length - 1), reset);

        assertThatThrownBy(() -> StreamReader.read(in, NOBODY)).isSameAs(reset);
    }

    @Test
    void aStreamCutAnywhereIsReportedWithTheByteItEndsAt() {
        byte[] stream = new RawStream()
                .pvhFront()
                .pages(new long[] {0, 0xfL << 60 | 1}, filled(4096, 5))
                .pvhBack()
                .bytes();
        for (int length = 0; length < stream.length; length++) {
            byte[] cut = Arrays.copyOf(stream, length);
            int end = length;
            assertThatThrownBy(() -> StreamReader.read(new ByteArrayInputStream(cut), NOBODY))
                    .isInstanceOfSatisfying(
                            MalformedImage.class,
                            e -> assertThat(e.byteOffset()).isEqualTo(end))
                    .hasMessage("the image is cut short at byte " + length);
        }
    }

    @Test
    void unknownOptionalRecordsAreHandedOn() throws IOException {
        byte[] stream = new RawStream()
                .pvhFront()
                .record(0x80000123, (byte) 1, (byte) 2, (byte) 3)
                .hvmState()
                .record(0)
                .record(0x80000042, filled(300_000, 9))
                .record(0)
                .bytes();
        List<String> optional = new ArrayList<>();
        StreamReader.read(new ByteArrayInputStream(stream), new StreamVisitor() {
            @Override
            public void record(RecordHead head) {
                if (head.optional()) {
                    optional.add(head.layer() + " " + head);
                }
            }
        });
        assertThat(optional).containsExactly("LIBXC '0x80000123' of 3 bytes", "LIBXL '0x80000042' of 300000 bytes");
    }

    @Test
    void unknownMandatoryRecordsAreRefused() {
        refused(s -> s.pvhFront().record(0x13), "'0x13' of 0 bytes, which is not known and must not be skipped");
        refused(s -> s.libxl().record(6), "'0x6' of 0 bytes, which is not known and must not be skipped");
        refused(s -> s.pvhFront().record(0xb), "'TOOLSTACK' of 0 bytes, which is not known");
    }

    @Test
    void checkpointedStreamsAreRefused() {
        refused(
                s -> s.raw(SyntheticStream.of(SyntheticStream.Kind.PVH, 20)
                        .remus(1)
                        .bytes()),
                "'CHECKPOINT' of 0 bytes, which belongs to a checkpointed (Remus or COLO) stream");
        refused(s -> s.libxl().record(4), "'CHECKPOINT_END' of 0 bytes, which belongs to a checkpointed");
        refused(s -> s.libxl().record(5, filled(8, 0)), "'CHECKPOINT_STATE' of 8 bytes, which belongs to a");
        refused(s -> s.pvhFront().record(0xf), "'CHECKPOINT_DIRTY_PFN_LIST' of 0 bytes, which belongs to a");
    }

    @ParameterizedTest
    @EnumSource(names = {"PVH", "HVM"})
    void whoAsksForACheckpointedStreamIsToldItsEpochsUntilItIsOver(SyntheticStream.Kind kind) throws IOException {
        SyntheticStream stream = SyntheticStream.of(kind, 40).remus(3);
        List<Long> ends = new ArrayList<>();
        ByteArrayOutputStream copy = new ByteArrayOutputStream();

        long bytes = StreamReader.readCheckpointed(stream.open(), new PassOn(new StreamWriter(copy)) {
            @Override
            public void record(RecordHead head) throws IOException {
                super.record(head);
                if (head.isCheckpointEnd()) {
                    ends.add(head.endOffset());
                }
            }
        });

        assertThat(bytes).isEqualTo(stream.bytes().length);
        assertThat(ends).containsExactly((long) stream.bytesTo(1), (long) stream.bytesTo(2), (long) stream.bytesTo(3));
        assertThat(copy.toByteArray()).isEqualTo(stream.bytes());
    }

    @Test
    void aCheckpointedStreamThatBreaksInsideOfARecordSaysWhere() {
        SyntheticStream stream =
                SyntheticStream.of(SyntheticStream.Kind.PVH, 40).remus(2);
        byte[] cut = Arrays.copyOf(stream.bytes(), stream.bytesTo(1) + 100);

        assertThatThrownBy(() -> StreamReader.readCheckpointed(new ByteArrayInputStream(cut), new StreamVisitor() {}))
                .hasMessage("the image is cut short at byte " + cut.length);
    }

    @Test
    void whatACheckpointedStreamCannotHaveIsRefused() {
        byte[] plain = SyntheticStream.of(SyntheticStream.Kind.PVH, 20).bytes();
        assertThatThrownBy(() -> StreamReader.readCheckpointed(new ByteArrayInputStream(plain), new StreamVisitor() {}))
                .hasMessageContaining("a record 'END' of 0 bytes, which a checkpointed stream does not have");
        byte[] early = new RawStream().libxl().record(4).bytes();
        assertThatThrownBy(() -> StreamReader.readCheckpointed(new ByteArrayInputStream(early), new StreamVisitor() {}))
                .hasMessageContaining("'CHECKPOINT_END' of 0 bytes before the record 'LIBXC_CONTEXT'");
        byte[] colo = new RawStream().libxl().record(5, filled(8, 0)).bytes();
        assertThatThrownBy(() -> StreamReader.readCheckpointed(new ByteArrayInputStream(colo), new StreamVisitor() {}))
                .hasMessageContaining("'CHECKPOINT_STATE'");
    }

    @Test
    void pagesAloneAreReadToTheirEndAndNothingElseAmongThem() throws IOException {
        byte[] pages = new RawStream()
                .pages(new long[] {3, 0xfL << 60 | 4}, filled(4096, 7))
                .pages(new long[] {9}, filled(4096, 8))
                .bytes();
        ByteArrayOutputStream copy = new ByteArrayOutputStream();
        StreamReader.readPages(new ByteArrayInputStream(pages), new StreamWriter(copy));
        assertThat(copy.toByteArray()).isEqualTo(pages);
        byte[] other = new RawStream().raw(pages).record(9, filled(8, 1)).bytes();
        assertThatThrownBy(() -> StreamReader.readPages(new ByteArrayInputStream(other), new StreamVisitor() {}))
                .hasMessageContaining("'HVM_CONTEXT' of 8 bytes among pages");
    }

    @Test
    void headersAreChecked() {
        refused(s -> s.raw(filled(16, 'x')), "at byte 0: this is not a libxl migration stream");
        refused(s -> s.libxl(1, 0), "at byte 8: libxl stream version 1 is not known");
        refused(s -> s.libxl(2, 1), "at byte 12: the stream is big-endian");
        refused(s -> s.libxl(2, 4), "at byte 12: reserved bits are set in the libxl options 0x4");
        refused(s -> s.libxl().record(1).raw(filled(40, 0)), "no libxc stream follows");
        refused(s -> s.libxl().record(1).libxc(2, 4, 0, 12), "libxc stream version 4 is not known");
        refused(s -> s.libxl().record(1).libxc(2, 1, 0, 12), "libxc stream version 1 is not known");
        refused(s -> s.libxl().record(1).libxc(2, 3, 1, 12), "the stream is big-endian");
        refused(s -> s.libxl().record(1).libxc(2, 3, 2, 12), "reserved bits are set in the libxc header");
        refused(s -> s.libxl().record(1).libxc(3), "guest type 3 is not known");
        refused(s -> s.libxl().record(1).libxc(2, 3, 0, 13), "pages are not of 4096 bytes");
        refused(s -> s.libxl().record(1, filled(8, 0)), "'LIBXC_CONTEXT' of 8 bytes, which is not a length");
    }

    @Test
    void aLengthIsCheckedBeforeItIsBelieved() {
        byte[] tooLong = little(8).putInt(0x80000001).putInt((128 << 20) + 1).array();
        refused(s -> s.pvhFront().raw(tooLong), "a record '0x80000001' of 134217729 bytes");
        byte[] negative = little(8).putInt(3).putInt(-8).array();
        refused(s -> s.libxl().raw(negative), "a record 'EMULATOR_CONTEXT' of 4294967288 bytes");
        refused(s -> s.pvhFront().record(9), "'HVM_CONTEXT' of 0 bytes, which is not a length it can have");
        refused(s -> s.pvhFront().record(8, filled(16, 0)), "'X86_TSC_INFO' of 16 bytes, which is not a length");
        refused(s -> s.pvhFront().record(0xa, filled(16, 0)), "'HVM_PARAMS' of 16 bytes, which is not a length");
        refused(s -> s.pvhFront().record(0, filled(8, 0)), "'END' of 8 bytes, which is not a length");
        refused(s -> s.pvhFront().record(7, filled(8, 0)), "'SHARED_INFO' of 8 bytes, which is not a length");
        refused(s -> s.libxl().record(3, filled(7, 0)), "'EMULATOR_CONTEXT' of 7 bytes, which is not a length");
    }

    @Test
    void recordsThatContradictThemselvesAreRefused() {
        byte[] params = RawStream.hvmParams(2);
        params[0] = 3;
        refused(s -> s.pvhFront().record(0xa, params), "'HVM_PARAMS' of 40 bytes contradicts itself");
        byte[] tsc = RawStream.tscInfo();
        tsc[20] = 1;
        refused(s -> s.pvhFront().record(8, tsc), "'X86_TSC_INFO' of 24 bytes contradicts itself");
        refused(s -> s.pvhFront().record(2, filled(8, 4)), "'X86_PV_INFO' of 8 bytes contradicts itself");
        refused(s -> s.libxl().record(2, filled(9, 1)), "the strings of the record 'EMULATOR_XENSTORE_DATA'");
        byte[] padded = new RawStream().pvhFront().record(9, filled(7, 1)).bytes();
        padded[padded.length - 1] = 1;
        refused(s -> s.raw(padded), "the padding of the record 'HVM_CONTEXT' of 7 bytes is not zero");
        refused(
                s -> s.pvhFront().hvmState().record(0).record(1).libxc(2),
                "a second record 'LIBXC_CONTEXT' of 0 bytes");
    }

    @Test
    void pageRecordsAreChecked() {
        refused(s -> s.pvhFront().record(1, filled(8, 0)), "'PAGE_DATA' of 8 bytes, which is not a length");
        refused(s -> s.pvhFront().record(1, filled(16, 0)), "0 pages in a record 'PAGE_DATA' of 16 bytes");
        refused(s -> s.pvhFront().record(1, filled(16, -1)), "4294967295 pages in a record");
        byte[] three = little(24).putInt(3).array();
        refused(s -> s.pvhFront().record(1, three), "3 pages in a record 'PAGE_DATA' of 24 bytes");
        byte[] reserved = little(16).putInt(1).putInt(1).array();
        refused(s -> s.pvhFront().record(1, reserved), "reserved bits are set in the record 'PAGE_DATA'");
        refused(s -> s.pvhFront().pages(new long[] {5L << 60}), "invalid page entry 0x5000000000000000");
        refused(s -> s.pvhFront().pages(new long[] {8L << 60}), "invalid page entry 0x8000000000000000");
        refused(s -> s.pvhFront().pages(new long[] {1L << 52}), "invalid page entry 0x10000000000000");
        refused(s -> s.pvhFront().pages(new long[] {7}), "1 entries with 1 pages of data in a record");
        refused(
                s -> s.pvhFront().pages(new long[] {0xfL << 60}, filled(4096, 0)),
                "1 entries with 0 pages of data in a record");
        refused(
                s -> s.pvhFront().pages(new long[] {7}, filled(4096, 0), filled(8, 0)),
                "1 entries with 1 pages of data in a record");
        long[] holes = new long[32769];
        Arrays.fill(holes, 0xfL << 60);
        refused(s -> s.pvhFront().pages(holes), "32769 pages in a record");
    }

    @Test
    void theLargestListIsRead() throws IOException {
        long[] holes = new long[32768];
        for (int i = 0; i < holes.length; i++) {
            holes[i] = 0xfL << 60 | i;
        }
        byte[] stream = new RawStream().pvhFront().pages(holes).pvhBack().bytes();
        assertThat(StreamReader.read(new ByteArrayInputStream(stream), NOBODY)).isEqualTo(stream.length);
    }

    @Test
    void memoryDoesNotGrowWithTheGuest() throws IOException {
        byte[] small = SyntheticStream.of(SyntheticStream.Kind.PVH, 1024).bytes();
        byte[] large = SyntheticStream.of(SyntheticStream.Kind.PVH, 8192).bytes();
        StreamCheck check = new StreamCheck(StreamLimits.forGuest(1 << 30));
        check.read(new ByteArrayInputStream(small));

        assertThat(allocated(check, large) - allocated(check, small)).isLessThan(64 * 1024);
        assertThat(allocated(check, large)).isLessThan(1 << 20);
    }

    private static long allocated(StreamCheck check, byte[] stream) throws IOException {
        var threads = (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
        InputStream in = new ByteArrayInputStream(stream);
        long before = threads.getCurrentThreadAllocatedBytes();
        check.read(in);
        return threads.getCurrentThreadAllocatedBytes() - before;
    }

    private static void refused(Consumer<RawStream> build, String what) {
        RawStream stream = new RawStream();
        build.accept(stream);
        assertThatThrownBy(() -> StreamReader.read(new ByteArrayInputStream(stream.bytes()), NOBODY))
                .isInstanceOf(MalformedImage.class)
                .hasMessageStartingWith("the image is malformed at byte ")
                .hasMessageContaining(what);
    }
}
