package org.vfrt.core.migrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MigrationHistoryFileTest {

    private static final MigrationRecord MEASURED = new MigrationRecord(
            Instant.parse("2026-11-28T12:00:00.125Z"),
            new UUID(1, 2),
            "xen1",
            "ho\"st \u00e9",
            16L << 30,
            Duration.ofNanos(12_345_678_901L),
            Optional.of(Duration.ofMillis(210)),
            Optional.of(new Migrated.Transfer(17L << 30, 4096, 117_000_000, 3_000_000, 9_000_000)));

    private static final MigrationRecord NOT_MEASURED = new MigrationRecord(
            Instant.parse("2026-11-28T13:00:00Z"),
            new UUID(3, 4),
            "xen2",
            "xen1",
            1L << 30,
            Duration.ofSeconds(9),
            Optional.empty(),
            Optional.empty());

    @TempDir
    private Path directory;

    private MigrationHistoryFile file() {
        return new MigrationHistoryFile(directory.resolve("state"));
    }

    private Path path() {
        return directory.resolve("state/migrations.json");
    }

    @Test
    void whereNothingWasMigratedNothingIsKnownAndNothingIsMade() {
        assertThat(file().read()).isEqualTo(MigrationHistory.NONE);
        assertThat(directory.resolve("state")).doesNotExist();
    }

    @Test
    void whatWasAddedIsReadAgainByTheNextRun() throws IOException {
        file().add(MEASURED);
        file().add(NOT_MEASURED);
        assertThat(file().read().records()).containsExactly(MEASURED, NOT_MEASURED);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path())))
                .isEqualTo("rw-------");
    }

    @Test
    void ofMovesThatEndAtTheSameTimeNoneIsLost() {
        IntStream.range(0, 40).parallel().forEach(i -> {
            try {
                file().add(NOT_MEASURED);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        assertThat(file().read().records()).hasSize(40);
    }

    @Test
    void whatALaterVersionAddsDoesNoHarm() throws IOException {
        file().add(NOT_MEASURED);
        Files.writeString(
                path(),
                Files.readString(path())
                        .replace("\"from\"", "\"moon\":{\"from\":[1]},\"tide\":null,\"share\":0.5,\"from\""));
        assertThat(file().read().records()).containsExactly(NOT_MEASURED);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{}",
                "[{}]",
                "[",
                "[{\"at\":\"2026-11-28T12:00:00Z\"",
                "[{\"at\":\"yesterday\",\"guest\":\"5fb1c34d-0a31-4b5c-8f0b-0d6f9d9f8a10\",\"from\":\"a\",\"to\":\"b\",\"memoryBytes\":1,\"tookNanos\":1}]",
                "[{\"at\":\"2026-11-28T12:00:00Z\",\"guest\":\"web1\",\"from\":\"a\",\"to\":\"b\",\"memoryBytes\":1,\"tookNanos\":1}]",
                "[{\"at\":\"2026-11-28T12:00:00Z\",\"guest\":\"5fb1c34d-0a31-4b5c-8f0b-0d6f9d9f8a10\",\"from\":\"a\",\"to\":\"b\",\"memoryBytes\":99999999999999999999,\"tookNanos\":1}]",
                "[{\"at\":\"2026-11-28T12:00:00Z\",\"guest\":\"5fb1c34d-0a31-4b5c-8f0b-0d6f9d9f8a10\",\"from\":\"a\",\"to\":\"b\",\"memoryBytes\":1,\"tookNanos\":1,\"sentBytes\":1}]"
            })
    void aDamagedFileIsTheSameAsNoneAndIsReplaced(String damaged) throws IOException {
        file().add(MEASURED);
        Files.writeString(path(), damaged);
        assertThat(file().read()).isEqualTo(MigrationHistory.NONE);
        file().add(NOT_MEASURED);
        assertThat(file().read().records()).containsExactly(NOT_MEASURED);
    }

    @Test
    void whatCannotBeWrittenIsSaid() throws IOException {
        Files.writeString(directory.resolve("state"), "a file where the directory should be");
        assertThatThrownBy(() -> file().add(MEASURED)).isInstanceOf(IOException.class);
    }
}
