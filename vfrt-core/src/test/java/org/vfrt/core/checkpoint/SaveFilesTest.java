package org.vfrt.core.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Damaged;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.image.ImageSource;
import org.vfrt.core.image.SyntheticStream;
import org.vfrt.core.pack.StoreKey;
import org.vfrt.core.store.DirectoryBackend;
import org.vfrt.core.store.PackedStore;

/** Checkpoints that leave the store as files, and files that become checkpoints. */
final class SaveFilesTest {

    private static final SyntheticStream MEMORY = SyntheticStream.of(SyntheticStream.Kind.PVH, 300);
    private static final UUID WEB = UUID.fromString("11111111-2222-3333-4444-555555555555");
    private static final String XML = "<domain type='xen'><name>web1</name><uuid>" + WEB
            + "</uuid><memory unit='b'>" + MEMORY.memoryBytes()
            + "</memory><vcpu>2</vcpu><os><type>xenpvh</type></os></domain>";
    private static final Instant NOW = Instant.parse("2026-11-25T04:00:00Z");
    private static final Instant WRITTEN = Instant.parse("2026-11-20T12:00:00Z");

    @TempDir
    private Path directory;

    private PackedStore store;

    @BeforeEach
    void make() {
        store = new PackedStore(new DirectoryBackend(directory.resolve("store")), StoreKey.none(), new Random(1));
    }

    private Path raw() throws IOException {
        Path file = Files.write(directory.resolve("raw"), MEMORY.bytes());
        return Files.setLastModifiedTime(file, FileTime.from(WRITTEN));
    }

    private Manifest taken(Path file, Optional<String> definition) {
        return new ImportCheckpoint(store, Clock.fixed(NOW, ZoneOffset.UTC))
                .run(new ImportCheckpoint.Request(file, definition, List.of(new Tag("old")), false), Progress.NONE)
                .manifest()
                .orElseThrow();
    }

    private byte[] image(CheckpointId id) throws IOException {
        try (InputStream image = store.image(id)) {
            return image.readAllBytes();
        }
    }

    @Test
    void anImportedCheckpointIsAsOldAsItsFileAndKnowsItsGuest() throws IOException {
        Manifest manifest = taken(raw(), Optional.of(XML));
        assertThat(manifest.instant()).isEqualTo(WRITTEN);
        assertThat(manifest.id().begun()).contains(WRITTEN);
        assertThat(manifest.guestUuid()).isEqualTo(WEB);
        assertThat(manifest.tags()).containsExactly(new Tag("old"));
        assertThat(store.list()).containsExactly(manifest);
        assertThat(store.definition(manifest.id())).isEqualTo(XML);
        new VerifyCheckpoint(store, Clock.fixed(NOW, ZoneOffset.UTC)).run(manifest.id(), Progress.NONE);
    }

    @ParameterizedTest
    @EnumSource(ImageSource.Form.class)
    void whatIsExportedComesBackTheSame(ImageSource.Form form) throws IOException {
        CheckpointId id = taken(raw(), Optional.of(XML)).id();
        Path file = directory.resolve("out");
        Optional<String> head = form == ImageSource.Form.XL ? Optional.of("{\"c_info\":{}}") : Optional.empty();

        ExportCheckpoint.Outcome outcome = new ExportCheckpoint(store).run(id, file, form, head, Progress.NONE);

        assertThat(outcome.fileBytes()).isEqualTo(Files.size(file));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        try (ImageSourceFile source = new ImageSourceFile(file)) {
            assertThat(source.source.form()).isEqualTo(form);
            assertThat(source.source.definition()).isEqualTo(form == ImageSource.Form.LIBVIRT ? XML : head.orElse(""));
        }
        Manifest again = taken(file, form == ImageSource.Form.LIBVIRT ? Optional.empty() : Optional.of(XML));
        assertThat(image(again.id())).isEqualTo(image(id));
        assertThat(directory.resolve("out.partial")).doesNotExist();
    }

    private static final class ImageSourceFile implements AutoCloseable {
        private final InputStream in;
        private final ImageSource source;

        ImageSourceFile(Path file) throws IOException {
            this.in = Files.newInputStream(file);
            this.source = ImageSource.open(in);
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }

    @Test
    void anExportNeverGoesOverAFile() throws IOException {
        CheckpointId id = taken(raw(), Optional.of(XML)).id();
        Path file = Files.writeString(directory.resolve("precious"), "precious");
        assertThatThrownBy(() -> new ExportCheckpoint(store)
                        .run(id, file, ImageSource.Form.RAW, Optional.empty(), Progress.NONE))
                .isInstanceOf(Refused.class);
        assertThat(file).hasContent("precious");
        Path other = directory.resolve("other");
        Path partial = Files.writeString(directory.resolve("other.partial"), "precious too");
        assertThatThrownBy(() -> new ExportCheckpoint(store)
                        .run(id, other, ImageSource.Form.RAW, Optional.empty(), Progress.NONE))
                .isInstanceOf(Refused.class);
        assertThat(partial).hasContent("precious too");
        assertThat(other).doesNotExist();
    }

    @Test
    void ofADamagedCheckpointNoFileIsLeft() throws IOException {
        CheckpointId id = taken(raw(), Optional.of(XML)).id();
        Path pack = directory.resolve("store/checkpoints/" + id + "/pack");
        byte[] bytes = Files.readAllBytes(pack);
        bytes[200] ^= 1;
        Files.write(pack, bytes);
        Path file = directory.resolve("out");
        assertThatThrownBy(() -> new ExportCheckpoint(store)
                        .run(id, file, ImageSource.Form.RAW, Optional.empty(), Progress.NONE))
                .isInstanceOf(Damaged.class);
        assertThat(file).doesNotExist();
        assertThat(directory.resolve("out.partial")).doesNotExist();
    }

    @Test
    void xlsOwnDefinitionHasToBeGiven() throws IOException {
        CheckpointId id = taken(raw(), Optional.of(XML)).id();
        assertThatThrownBy(() -> new ExportCheckpoint(store)
                        .run(id, directory.resolve("out"), ImageSource.Form.XL, Optional.empty(), Progress.NONE))
                .isInstanceOf(BadInput.class);
        assertThat(directory.resolve("out")).doesNotExist();
    }

    @Test
    void aBareStreamNeedsADefinition() {
        assertThatThrownBy(() -> taken(raw(), Optional.empty()))
                .isInstanceOfSatisfying(
                        BadInput.class, e -> assertThat(e.code()).isEqualTo("definition-needed"));
    }

    @Test
    void whatIsCutShortOrLongerOrNoImageLeavesNothingInTheStore() throws IOException {
        byte[] whole = MEMORY.bytes();
        for (byte[] bad : List.of(
                Arrays.copyOf(whole, whole.length - 1),
                Arrays.copyOf(whole, whole.length + 1),
                new byte[0],
                new byte[100])) {
            Path file = Files.write(directory.resolve("bad"), bad);
            assertThatThrownBy(() -> taken(file, Optional.of(XML)))
                    .as("%s bytes", bad.length)
                    .isInstanceOf(Damaged.class);
        }
        assertThat(store.list()).isEmpty();
    }

    @Test
    void aDefinitionOfAnotherKindOfGuestIsRefused() throws IOException {
        Path file = raw();
        String pv = XML.replace("xenpvh", "linux");
        assertThatThrownBy(() -> taken(file, Optional.of(pv)))
                .isInstanceOfSatisfying(Refused.class, e -> assertThat(e.code()).isEqualTo("definition-of-other-kind"));
        assertThat(store.list()).isEmpty();
        assertThat(directory.resolve("store/incoming")).isEmptyDirectory();
        assertThat(taken(file, Optional.of(XML)).hypervisorVersion()).matches("\\d+\\.\\d+");
    }

    @Test
    void aDryRunSaysWhoseItIsAndMakesNoStore() throws IOException {
        ImportCheckpoint.Outcome outcome = new ImportCheckpoint(store, Clock.fixed(NOW, ZoneOffset.UTC))
                .run(new ImportCheckpoint.Request(raw(), Optional.of(XML), List.of(), true), Progress.NONE);
        assertThat(outcome.guestName()).isEqualTo("web1");
        assertThat(directory.resolve("store")).doesNotExist();
    }
}
