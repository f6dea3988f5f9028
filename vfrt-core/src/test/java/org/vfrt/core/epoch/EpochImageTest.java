package org.vfrt.core.epoch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.vfrt.core.failure.Busy;
import org.vfrt.core.failure.Damaged;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.image.Seeds;
import org.vfrt.core.image.StreamCheck;
import org.vfrt.core.image.StreamLimits;
import org.vfrt.core.image.StreamSummary;
import org.vfrt.core.image.SyntheticStream;

final class EpochImageTest {

    private static final Instant NOW = Instant.parse("2026-11-30T12:00:00Z");
    private static final Clock CLOCK = Clock.fixed(NOW, ZoneOffset.UTC);
    private static final Duration INTERVAL = Duration.ofSeconds(1);
    private static final String DEFINITION = "<domain type='xen'><name>web1</name></domain>";

    @TempDir
    private Path directory;

    private final List<Epoch> heard = new ArrayList<>();

    private Path guest() {
        return directory.resolve("guest");
    }

    private ReceiveEpochs.Ended receive(byte[] stream, SyntheticStream of) {
        return receive(new ByteArrayInputStream(stream), of.memoryBytes(), heard::add);
    }

    private ReceiveEpochs.Ended receive(InputStream stream, long memoryBytes, java.util.function.Consumer<Epoch> each) {
        return new ReceiveEpochs(guest(), CLOCK)
                .run(stream, new ReceiveEpochs.Origin(DEFINITION, memoryBytes, INTERVAL), each);
    }

    private byte[] image() throws IOException {
        try (EpochImage image = EpochImage.open(guest()).orElseThrow()) {
            byte[] bytes = image.stream().readAllBytes();
            assertThat(image.bytes()).isEqualTo(bytes.length);
            assertThat(image.definition()).isEqualTo(DEFINITION);
            return bytes;
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"PVH", "HVM"})
    void whereverTheStreamIsCutTheLastCompleteEpochIsAnOrdinaryImage(SyntheticStream.Kind kind) throws IOException {
        SyntheticStream stream = SyntheticStream.of(kind, 1500).live(2).remus(4);
        byte[] bytes = stream.bytes();
        for (int complete = 1; complete <= 4; complete++) {
            for (int more : List.of(0, 5, 700, 9000)) {
                heard.clear();
                byte[] cut = Arrays.copyOf(bytes, Math.min(bytes.length, stream.bytesTo(complete) + more));

                ReceiveEpochs.Ended ended = receive(cut, stream);

                assertThat(ended.last().orElseThrow().number()).isEqualTo(complete);
                assertThat(ended.why())
                        .startsWith(
                                cut.length == bytes.length || more == 0 ? "the stream ended" : "the stream broke: ");
                assertThat(heard)
                        .hasSize(complete)
                        .last()
                        .isEqualTo(ended.last().orElseThrow());
                byte[] image = image();
                assertThat(image).isEqualTo(stream.normalFormOf(complete));
                StreamSummary summary = new StreamCheck(stream.limits()).read(new ByteArrayInputStream(image));
                assertThat(summary.emulatorState()).isEqualTo(kind == SyntheticStream.Kind.HVM);
            }
        }
    }

    @Test
    void anEpochSaysWhatItIs() {
        SyntheticStream stream =
                SyntheticStream.of(SyntheticStream.Kind.PVH, 800).remus(2);

        receive(stream.bytes(), stream);

        assertThat(heard.get(0).pages()).isEqualTo(800);
        assertThat(heard.get(1).pages()).isBetween(50L, 200L);
        assertThat(heard.get(1).bytes()).isEqualTo(stream.bytesTo(2) - stream.bytesTo(1));
        assertThat(heard.get(1).instant()).isEqualTo(NOW);
        EpochStatus status = EpochStatus.of(guest());
        assertThat(status.last()).contains(heard.get(1));
        assertThat(status.inUse()).isFalse();
        assertThat(status.ended()).contains("2026-11-30T12:00:00Z the stream ended");
        assertThat(status.ageEpochs(NOW.plusMillis(2500))).contains(2.5);
        assertThat(status.age(NOW.minusMillis(1))).isEmpty();
    }

    @Test
    void nothingIsThereBeforeTheFirstEpochIsComplete() {
        SyntheticStream stream =
                SyntheticStream.of(SyntheticStream.Kind.PVH, 800).remus(1);
        assertThat(EpochImage.open(guest())).isEmpty();
        assertThat(EpochStatus.of(guest()))
                .isEqualTo(new EpochStatus(Optional.empty(), Duration.ZERO, false, Optional.empty()));

        ReceiveEpochs.Ended ended = receive(Arrays.copyOf(stream.bytes(), stream.bytesTo(1) - 1), stream);

        assertThat(ended.last()).isEmpty();
        assertThat(EpochImage.open(guest())).isEmpty();
    }

    @Test
    void theEpochsOfAnEarlierStreamStayUntilALaterOneHasACompleteOne() throws IOException {
        SyntheticStream first =
                SyntheticStream.of(SyntheticStream.Kind.PVH, 800).remus(3);
        SyntheticStream second = first.seed(2);
        receive(first.bytes(), first);

        receive(Arrays.copyOf(second.bytes(), second.bytesTo(1) - 10), second);
        assertThat(image()).isEqualTo(first.normalFormOf(3));

        receive(Arrays.copyOf(second.bytes(), second.bytesTo(1)), second);
        assertThat(image()).isEqualTo(second.normalFormOf(1));
        try (Stream<Path> left = Files.list(guest())) {
            assertThat(left.filter(Files::isDirectory)).hasSize(1);
        }
    }

    @Test
    void onlyItsOwnerCanReadWhatTheGuestHadInMemory() throws IOException {
        SyntheticStream stream =
                SyntheticStream.of(SyntheticStream.Kind.PVH, 100).remus(2);
        receive(stream.bytes(), stream);
        try (Stream<Path> all = Files.walk(guest())) {
            for (Path path : all.toList()) {
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                        .as(path.toString())
                        .isEqualTo(Files.isDirectory(path) ? "rwx------" : "rw-------");
            }
        }
    }

    @Test
    void epochsAreReceivedOrReadByOneAtATime() throws IOException {
        SyntheticStream stream =
                SyntheticStream.of(SyntheticStream.Kind.PVH, 100).remus(2);
        List<Boolean> seen = new ArrayList<>();
        receive(stream.open(), stream.memoryBytes(), epoch -> {
            assertThatThrownBy(() -> EpochImage.open(guest())).isInstanceOf(Busy.class);
            assertThatThrownBy(() -> receive(stream.bytes(), stream)).isInstanceOf(Busy.class);
            EpochStatus status = EpochStatus.of(guest());
            assertThat(status.last().orElseThrow().number()).isEqualTo(epoch.number());
            seen.add(status.inUse());
        });
        assertThat(seen).containsExactly(true, true);
        try (EpochImage image = EpochImage.open(guest()).orElseThrow()) {
            assertThatThrownBy(() -> receive(stream.bytes(), stream)).isInstanceOf(Busy.class);
            assertThat(image.stream().readAllBytes()).isEqualTo(stream.normalFormOf(2));
        }
    }

    @Test
    void aStreamWhoseInputBreaksEndsWithWhatItHadAndWhy() throws IOException {
        SyntheticStream stream =
                SyntheticStream.of(SyntheticStream.Kind.PVH, 100).remus(2);
        InputStream broken = new SequenceInputStream(
                new ByteArrayInputStream(stream.bytes(), 0, stream.bytesTo(1)), new InputStream() {
                    @Override
                    public int read() throws IOException {
                        throw new IOException("Connection reset");
                    }

                    @Override
                    public int read(byte[] buffer, int offset, int length) throws IOException {
                        throw new IOException("Connection reset");
                    }
                });

        ReceiveEpochs.Ended ended = receive(broken, stream.memoryBytes(), epoch -> {});

        assertThat(ended.why()).isEqualTo("the stream broke: Connection reset");
        assertThat(image()).isEqualTo(stream.normalFormOf(1));
    }

    @Test
    void aDirectoryThatTakesNothingIsATroubleOfItsOwn() throws IOException {
        Files.createFile(guest());
        SyntheticStream stream =
                SyntheticStream.of(SyntheticStream.Kind.PVH, 100).remus(1);
        assertThatThrownBy(() -> receive(stream.bytes(), stream))
                .isInstanceOf(Failed.class)
                .hasMessageContaining("cannot be kept in '" + guest() + "'");
    }

    @Test
    void damageAroundThePagesIsFound() throws IOException {
        SyntheticStream stream =
                SyntheticStream.of(SyntheticStream.Kind.PVH, 100).remus(2);
        for (String file : List.of("before", "behind.0", "definition.xml")) {
            receive(stream.bytes(), stream);
            try (Stream<Path> all = Files.walk(guest())) {
                Path path = all.filter(one -> one.endsWith(file)).findFirst().orElseThrow();
                byte[] content = Files.readAllBytes(path);
                content[content.length / 2] ^= 1;
                Files.write(path, content);
            }
            assertThatThrownBy(() -> EpochImage.open(guest())).as(file).isInstanceOf(Damaged.class);
        }
    }

    @Test
    void aGuestLargerThanItWasSaidToBeIsRefused() {
        SyntheticStream stream =
                SyntheticStream.of(SyntheticStream.Kind.PVH, 100).remus(1);
        byte[] beyond = stream.bytes();
        // the first entry of the first list
        int entry = stream.bytesTo(0) + 16;
        beyond[entry + 4] = 1;
        assertThat(receive(beyond, stream).why()).contains("a guest of this size has none above");
    }

    /** What a real Xen sent: provenance in src-test-fixtures/captured/README.md. */
    @ParameterizedTest
    @org.junit.jupiter.params.provider.ValueSource(strings = {"xl-4.17-remus-pvh.gz"})
    void whatXlSendsIsUnderstood(String file) throws IOException {
        Path captured = Path.of(System.getProperty("vfrt.fixtures"), "captured", file);
        try (InputStream stream = new GZIPInputStream(Files.newInputStream(captured))) {
            ReceiveEpochs.Ended ended = receive(stream, 128 << 20, heard::add);
            assertThat(ended.why()).isEqualTo("the stream ended");
        }
        assertThat(heard).hasSize(3);
        try (EpochImage image = EpochImage.open(guest()).orElseThrow()) {
            StreamSummary summary = new StreamCheck(StreamLimits.forGuest(128 << 20)).read(image.stream());
            assertThat(summary.bytes()).isEqualTo(image.bytes());
            assertThat(summary.rounds()).isEqualTo(1);
            assertThat(summary.pages()).isBetween(32_000L, 33_500L);
        }
    }

    @Test
    void whateverTheBytesAreACompleteEpochIsReadableAfterwards() throws Exception {
        SyntheticStream stream =
                SyntheticStream.of(SyntheticStream.Kind.HVM, 12).live(2).remus(4);
        byte[] sample = stream.bytes();
        int[] whole = new int[1];
        Seeds.each(600, random -> {
            byte[] bytes = sample.clone();
            for (int i = 0; i <= random.nextInt(3); i++) {
                bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            }
            heard.clear();
            ReceiveEpochs.Ended ended = receive(Arrays.copyOf(bytes, random.nextInt(bytes.length + 1)), stream);
            assertThat(ended.last())
                    .isEqualTo(heard.isEmpty() ? Optional.empty() : Optional.of(heard.get(heard.size() - 1)));
            if (ended.last().isPresent()) {
                new StreamCheck(stream.limits()).read(new ByteArrayInputStream(image()));
                whole[0]++;
            }
        });
        if (System.getProperty("vfrt.seed", "").isEmpty()) {
            assertThat(whole[0]).isBetween(50, 590);
        }
    }

    @Test
    void aLogThatIsDamagedBeforeItIsAppliedIsFound() throws IOException {
        SyntheticStream stream =
                SyntheticStream.of(SyntheticStream.Kind.PVH, 100).remus(2);
        receive(stream.bytes(), stream);
        // back to the moment before the pages were applied: the later head gone, the log as it was
        try (Stream<Path> all = Files.walk(guest())) {
            Path head = all.filter(one -> one.endsWith("head")).findFirst().orElseThrow();
            try (FileChannel file = FileChannel.open(head, StandardOpenOption.WRITE)) {
                file.truncate(4096);
            }
        }
        assertThatThrownBy(() -> EpochImage.open(guest()))
                .isInstanceOf(Damaged.class)
                .hasMessageContaining("the memory that changed last is damaged");
    }
}
