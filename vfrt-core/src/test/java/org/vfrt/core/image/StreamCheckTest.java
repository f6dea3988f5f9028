package org.vfrt.core.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.vfrt.core.image.RawStream.filled;
import static org.vfrt.core.image.RawStream.little;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class StreamCheckTest {

    private static final StreamLimits SMALL = StreamLimits.forGuest(1 << 20);
    private static final byte[] PV_INFO = {8, 4, 0, 0, 0, 0, 0, 0};

    @ParameterizedTest
    @EnumSource(SyntheticStream.Kind.class)
    void aSaveIsOneRound(SyntheticStream.Kind kind) throws IOException {
        SyntheticStream guest = SyntheticStream.of(kind, 3000);

        StreamSummary summary = new StreamCheck(guest.limits()).read(guest.open());

        assertThat(summary.bytes()).isEqualTo(guest.bytes().length);
        assertThat(summary.header().guest())
                .isEqualTo(kind == SyntheticStream.Kind.PV ? LibxcHeader.Guest.PV : LibxcHeader.Guest.HVM);
        assertThat(summary.header().xenMajor()).isEqualTo(4);
        assertThat(summary.header().xenMinor()).isEqualTo(17);
        assertThat(summary.entries()).isEqualTo(3000);
        assertThat(summary.pages()).isEqualTo(3000 - 3000 / 16);
        assertThat(summary.zeroPages())
                .isEqualTo(guest.memory().values().stream()
                        .filter(page -> page.isPresent() && java.util.Arrays.equals(page.get(), new byte[4096]))
                        .count());
        assertThat(summary.pfnHighest()).isEqualTo(2999);
        assertThat(summary.rounds()).isEqualTo(1);
        assertThat(summary.lastRoundOffset()).isEqualTo(guest.roundOffsets().get(0));
        assertThat(summary.emulatorState()).isEqualTo(kind == SyntheticStream.Kind.HVM);
    }

    @ParameterizedTest
    @EnumSource(SyntheticStream.Kind.class)
    void eachCopyRoundIsAnnouncedWhenNothingOfItsRecordsBehindTheFirstHasBeenRead(SyntheticStream.Kind kind)
            throws IOException {
        SyntheticStream guest = SyntheticStream.of(kind, 3000).live(4);
        List<Long> begun = new ArrayList<>();
        List<Long> records = new ArrayList<>();
        StreamCheck.Watcher watcher = new StreamCheck.Watcher() {
            @Override
            public void recordBegins(long byteOffset) {
                records.add(byteOffset);
            }

            @Override
            public void roundBegan(int round, long byteOffset) {
                begun.add(byteOffset);
                assertThat(round).isEqualTo(begun.size());
                assertThat(records.get(records.size() - 1)).isEqualTo(byteOffset);
            }
        };

        StreamSummary summary = new StreamCheck(guest.limits(), watcher).read(guest.open());

        assertThat(begun).isEqualTo(guest.roundOffsets());
        assertThat(summary.rounds()).isEqualTo(4);
        assertThat(summary.lastRoundOffset()).isEqualTo(guest.roundOffsets().get(3));
    }

    @ParameterizedTest
    @EnumSource(names = {"PVH", "HVM"})
    void eachEpochOfACheckpointedStreamIsARoundAndHasTheRoomOfAStreamOfItsOwn(SyntheticStream.Kind kind)
            throws IOException {
        SyntheticStream guest = SyntheticStream.of(kind, 300).live(2).remus(20);
        StreamLimits narrow = new StreamLimits(299, guest.bytesTo(1));
        List<Long> begun = new ArrayList<>();
        StreamCheck.Watcher watcher = new StreamCheck.Watcher() {
            @Override
            public void roundBegan(int round, long byteOffset) {
                begun.add(byteOffset);
            }
        };

        new StreamCheck(narrow, watcher).readCheckpointed(guest.open(), new StreamVisitor() {});

        assertThat(guest.bytes()).hasSizeGreaterThan(3 * guest.bytesTo(1));
        assertThat(begun).hasSize(2 + 19).startsWith(guest.roundOffsets().toArray(Long[]::new));
        for (int epoch = 2; epoch <= 20; epoch++) {
            assertThat(begun.get(epoch)).isEqualTo(guest.bytesTo(epoch - 1));
        }
    }

    @Test
    void anEpochWithoutTheMachinesStateIsRefused() {
        RawStream stream = new RawStream().pvhFront().pages(new long[] {5}, filled(4096, 1));
        stream.hvmState()
                .record(0xe)
                .record(4)
                .pages(new long[] {5}, filled(4096, 2))
                .record(0xe);
        assertThatThrownBy(() -> checkpointed(stream))
                .hasMessageContaining("'CHECKPOINT' of 0 bytes without a record 'HVM_CONTEXT'");
    }

    @Test
    void memoryBehindTheStateOfItsEpochIsRefused() {
        RawStream stream = new RawStream().pvhFront().pages(new long[] {5}, filled(4096, 1));
        stream.hvmState().record(0xe).record(4).hvmState().pages(new long[] {5}, filled(4096, 2));
        assertThatThrownBy(() -> checkpointed(stream)).hasMessageContaining("memory behind the machine's state");
    }

    @Test
    void anEpochBeforeAnyMemoryIsRefused() {
        RawStream stream = new RawStream().pvhFront().hvmState().record(0xe);
        assertThatThrownBy(() -> checkpointed(stream))
                .hasMessageContaining("'CHECKPOINT' of 0 bytes without memory before it");
    }

    @Test
    void aPvGuestHasNoCheckpointedStream() {
        SyntheticStream guest = SyntheticStream.of(SyntheticStream.Kind.PV, 20).remus(1);
        assertThatThrownBy(() -> new StreamCheck(guest.limits()).readCheckpointed(guest.open(), new StreamVisitor() {}))
                .hasMessageContaining("'CHECKPOINT' of 0 bytes in the stream of a PV guest");
    }

    private static void checkpointed(RawStream stream) throws IOException {
        new StreamCheck(SMALL).readCheckpointed(new ByteArrayInputStream(stream.bytes()), new StreamVisitor() {});
    }

    @Test
    void aRoundOfOnePageSentAgainCounts() throws IOException {
        RawStream stream = new RawStream().pvhFront().pages(new long[] {5}, filled(4096, 1));
        long second = stream.size();
        stream.pages(new long[] {5}, filled(4096, 2)).pvhBack();

        StreamSummary summary = check(stream);

        assertThat(summary.rounds()).isEqualTo(2);
        assertThat(summary.lastRoundOffset()).isEqualTo(second);
    }

    @Test
    void recordsThatGoOnWhereTheLastOneEndedAreTheSameRound() throws IOException {
        RawStream stream = new RawStream()
                .pvhFront()
                .pages(new long[] {0, 1}, filled(8192, 1))
                .pages(new long[] {2, 0xfL << 60 | 3}, filled(4096, 1))
                .pages(new long[] {9}, filled(4096, 1))
                .pvhBack();
        assertThat(check(stream).rounds()).isEqualTo(1);
    }

    @Test
    void aStreamWithoutPagesHasNoRounds() throws IOException {
        StreamSummary summary = check(new RawStream().pvhFront().pvhBack());
        assertThat(summary.rounds()).isZero();
        assertThat(summary.pfnHighest()).isEqualTo(-1);
        assertThat(summary.lastRoundOffset()).isZero();
    }

    @Test
    void pagesSentForVerificationAreNoRound() throws IOException {
        RawStream stream = new RawStream()
                .pvhFront()
                .pages(new long[] {5}, filled(4096, 1))
                .record(0xd)
                .pages(new long[] {5}, filled(4096, 1))
                .pvhBack();
        assertThat(check(stream).rounds()).isEqualTo(1);
    }

    @Test
    void aStreamOfVersion2NeedsNoEndOfStaticData() throws IOException {
        RawStream stream = new RawStream()
                .libxl(2, 2)
                .record(1)
                .libxc(2, 2, 0, 12)
                .pages(new long[] {5}, filled(4096, 1))
                .pvhBack();
        assertThat(check(stream).header().version()).isEqualTo(2);
        refused(s -> s.libxl().record(1).libxc(2, 2, 0, 12).record(0x10), "in a libxc stream of version 2");
    }

    @Test
    void staticDataComesFirstAndEnds() {
        refused(s -> s.libxl().record(1).libxc(2).pages(new long[] {5}, filled(4096, 1)), "memory before the end of");
        refused(s -> s.libxl().record(1).libxc(2).hvmState(), "'HVM_CONTEXT' of 1003 bytes before the record");
        refused(s -> s.libxl().record(1).libxc(2).record(0), "'END' of 0 bytes before the record 'STATIC_DATA_END'");
        refused(s -> s.pvhFront().record(0x10), "'STATIC_DATA_END' of 0 bytes for a second time");
        refused(s -> s.pvhFront().record(0x11, filled(24, 1)), "'X86_CPUID_POLICY' of 24 bytes behind the record");
        refused(s -> s.libxl().record(1).libxc(1).record(0x10), "without a record 'X86_PV_INFO' before it");
    }

    @Test
    void anHvmStreamWithoutTheMachinesStateIsRefused() {
        refused(s -> s.pvhFront().record(9, filled(8, 1)).record(0), "without a record 'HVM_PARAMS' before it");
        refused(
                s -> s.pvhFront().record(0xa, RawStream.hvmParams(1)).record(0),
                "without a record 'HVM_CONTEXT' before it");
    }

    @Test
    void aPvStreamWithoutItsPartsIsRefused() {
        Consumer<RawStream> front =
                s -> s.libxl().record(1).libxc(1).record(2, PV_INFO).record(0x10);
        byte[] p2m = little(16).putInt(0).putInt(100).array();
        byte[] sharedInfo = filled(4096, 1);
        byte[] vcpu = new byte[8 + 5168];
        refused(front.andThen(s -> s.pages(new long[] {5}, filled(4096, 1))), "memory before the record 'X86_PV_P2M");
        refused(front.andThen(s -> s.record(0)), "without a record 'X86_PV_P2M_FRAMES' before it");
        refused(front.andThen(s -> s.record(3, p2m).record(0)), "without a record 'SHARED_INFO' before it");
        refused(
                front.andThen(s -> s.record(3, p2m).record(7, sharedInfo).record(0)),
                "without a record 'X86_PV_VCPU_BASIC' before it");
        refused(
                front.andThen(s -> s.record(3, p2m)
                        .record(7, sharedInfo)
                        .record(4, filled(8, 0))
                        .record(0)),
                "without a record 'X86_PV_VCPU_BASIC' before it");
        refused(
                front.andThen(s -> s.record(3, p2m).pages(new long[] {101}, filled(4096, 1))),
                "page frame 101, and a guest of this size has none above 100");
        refused(front.andThen(s -> s.record(9, filled(8, 1))), "in the stream of a PV guest");
        refused(s -> s.pvhFront().record(4, vcpu), "in the stream of an HVM or PVH guest");
        refused(s -> s.libxl().record(1).libxc(1).record(3, p2m), "before the record 'STATIC_DATA_END'");
        byte[] wrongLength = little(16).putInt(0).putInt(512).array();
        refused(
                front.andThen(s -> s.record(3, wrongLength)),
                "'X86_PV_P2M_FRAMES' of 16 bytes for page frames 0 to 512");
    }

    @Test
    void memoryBehindTheMachinesStateIsRefused() {
        refused(
                s -> s.pvhFront().hvmState().pages(new long[] {5}, filled(4096, 1)),
                "memory behind the machine's state");
    }

    @Test
    void aStreamNeedsItsLibxcPart() {
        refused(s -> s.libxl().record(0), "'END' of 0 bytes without a record 'LIBXC_CONTEXT' before it");
        refused(s -> s.libxl().record(3, filled(8, 0)), "'EMULATOR_CONTEXT' of 8 bytes before the record");
    }

    @Test
    void pageFramesThatTheGuestCannotHaveAreRefused() throws IOException {
        long highest = (5L << 30) / 4096 + 255;
        RawStream fits = new RawStream()
                .pvhFront()
                .pages(new long[] {0xfL << 60 | highest})
                .pvhBack();
        assertThat(check(fits).pfnHighest()).isEqualTo(highest);
        refused(
                s -> s.pvhFront().pages(new long[] {0xfL << 60 | (highest + 1)}),
                "page frame " + (highest + 1) + ", and a guest of this size has none above " + highest);
    }

    @Test
    void aStreamThatNeverEndsIsRefused() {
        StreamLimits tight = new StreamLimits(100, 20_000);
        RawStream stream = new RawStream().pvhFront();
        for (int i = 0; i < 10; i++) {
            stream.pages(new long[] {5}, filled(4096, 1));
        }
        assertThatThrownBy(() -> new StreamCheck(tight).read(new ByteArrayInputStream(stream.bytes())))
                .isInstanceOf(MalformedImage.class)
                .hasMessage(
                        "the image is malformed at byte 20000: the stream goes on, and a guest of this size has at most"
                                + " 20000 bytes");
    }

    @Test
    void limitsHoldForGuestsOfAnySize() {
        assertThat(StreamLimits.forGuest(8L << 30).pfnMax()).isGreaterThanOrEqualTo((12L << 30) / 4096);
        assertThat(StreamLimits.forGuest(1L << 52).streamBytesMax()).isPositive();
        assertThatThrownBy(() -> StreamLimits.forGuest(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> StreamLimits.forGuest(Long.MAX_VALUE)).isInstanceOf(IllegalArgumentException.class);
    }

    private static StreamSummary check(RawStream stream) throws IOException {
        return new StreamCheck(SMALL).read(new ByteArrayInputStream(stream.bytes()));
    }

    private static void refused(Consumer<RawStream> build, String what) {
        RawStream stream = new RawStream();
        build.accept(stream);
        assertThatThrownBy(() -> check(stream))
                .isInstanceOf(MalformedImage.class)
                .hasMessageStartingWith("the image is malformed at byte ")
                .hasMessageContaining(what);
    }
}
