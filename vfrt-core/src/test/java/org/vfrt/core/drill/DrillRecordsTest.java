package org.vfrt.core.drill;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DrillRecordsTest {

    private static final UUID WEB1 = new UUID(1, 2);

    private static DrillRecord record(int day, DrillRecord.Result result) {
        return new DrillRecord(
                WEB1,
                "web1",
                Optional.of("20261122T101500Z-1f2e3d4c"),
                Optional.of("xen1"),
                Instant.parse("2026-10-01T03:00:00Z").plus(Duration.ofDays(day)),
                result,
                "",
                "",
                "console=\"ä\"",
                Optional.of(Duration.ofMillis(1)),
                Optional.of(Duration.ofSeconds(2)),
                result == DrillRecord.Result.PASSED ? Optional.of(Duration.ofSeconds(3)) : Optional.empty());
    }

    @Test
    void whatWasAddedIsReadByTheNextProcess(@TempDir Path state) {
        DrillRecord passed = record(1, DrillRecord.Result.PASSED);
        DrillRecord notRun = record(2, DrillRecord.Result.NOT_RUN);
        new DrillRecords(state).add(passed);
        new DrillRecords(state).add(notRun);
        assertThat(new DrillRecords(state).of(WEB1)).containsExactly(passed, notRun);
        assertThat(new DrillRecords(state).lastOf(WEB1)).contains(passed);
        assertThat(new DrillRecords(state).all()).containsExactly(passed, notRun);
        assertThat(new DrillRecords(state.resolve("none")).all()).isEmpty();
    }

    @Test
    void theOldestAreForgotten(@TempDir Path state) {
        DrillRecords records = new DrillRecords(state);
        for (int day = 0; day < 60; day++) {
            records.add(record(day, DrillRecord.Result.FAILED));
        }
        assertThat(records.of(WEB1)).hasSize(50).last().isEqualTo(record(59, DrillRecord.Result.FAILED));
    }

    @Test
    void aFileThatCannotBeReadCountsAsNone(@TempDir Path state) throws IOException {
        DrillRecords records = new DrillRecords(state);
        records.add(record(1, DrillRecord.Result.PASSED));
        Files.writeString(state.resolve("drills").resolve(WEB1 + ".json"), "[{\"guest\": 7");
        assertThat(records.of(WEB1)).isEmpty();
        records.add(record(2, DrillRecord.Result.PASSED));
        assertThat(records.of(WEB1)).hasSize(1);
    }
}
