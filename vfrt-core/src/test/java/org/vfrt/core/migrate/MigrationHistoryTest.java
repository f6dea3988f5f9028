package org.vfrt.core.migrate;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.vfrt.core.placement.Precopy;

final class MigrationHistoryTest {

    private static final Instant NOW = Instant.parse("2026-11-28T12:00:00Z");
    private static final UUID WEB1 = new UUID(1, 1);
    private static final UUID MAIL = new UUID(2, 2);
    private static final long GB = 1_000_000_000;
    private static final long MB = 1_000_000;

    private static MigrationRecord record(int minute, UUID guest, String from, String to, Migrated.Transfer transfer) {
        return new MigrationRecord(
                NOW.plus(Duration.ofMinutes(minute)),
                guest,
                from,
                to,
                GB,
                Duration.ofSeconds(12),
                Optional.of(Duration.ofMillis(300)),
                Optional.of(transfer));
    }

    private static Migrated.Transfer at(long bytesPerSecond, long dirtyBytesPerSecond, long workingSetBytes) {
        return new Migrated.Transfer(2 * GB, 0, bytesPerSecond, dirtyBytesPerSecond, workingSetBytes);
    }

    @Test
    void withoutAnyMeasurementTheNumbersAreSaidToBeAssumed() {
        MigrationHistory.Prediction prediction = MigrationHistory.NONE.predict(WEB1, "xen1", "xen2", GB);
        assertThat(prediction.basis()).isEqualTo("nothing measured yet, assumed");
        assertThat(prediction.precopy().duration()).isEqualTo(Duration.ofSeconds(11));
        assertThat(prediction.precopy().pause()).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void anotherGuestsMigrationTeachesHowFastTheLineIs() {
        MigrationHistory history =
                MigrationHistory.NONE.with(record(0, MAIL, "xen1", "xen2", at(50 * MB, 40 * MB, GB / 2)));
        MigrationHistory.Prediction prediction = history.predict(WEB1, "xen1", "xen2", GB);
        assertThat(prediction.basis()).contains("1 migration(s) of other guests", "how fast this one writes is not");
        assertThat(prediction.precopy().duration()).isEqualTo(Duration.ofMillis(20_300));
        assertThat(prediction.precopy().dirtyShare()).isZero();
    }

    @Test
    void itsOwnMigrationsTeachHowFastItWrites() {
        MigrationHistory history =
                MigrationHistory.NONE.with(record(0, WEB1, "xen1", "xen2", at(100 * MB, 50 * MB, 200 * MB)));
        MigrationHistory.Prediction prediction = history.predict(WEB1, "xen1", "xen2", GB);
        assertThat(prediction.basis()).isEqualTo("learned from 1 migration(s) of this guest");
        assertThat(prediction.precopy()).isEqualTo(Precopy.predict(GB, 50e6, 200 * MB, 100e6, Duration.ofMillis(300)));
        assertThat(history.dirtyBytesPerSecond(WEB1)).isEqualTo(50 * MB);
        assertThat(history.dirtyBytesPerSecond(MAIL)).isZero();
    }

    /** In clear nobody sees how much was sent again. */
    @Test
    void aMigrationInClearDoesNotMakeAGuestOneThatWritesNothing() {
        MigrationHistory history = MigrationHistory.NONE
                .with(record(0, WEB1, "xen1", "xen2", at(100 * MB, 50 * MB, 200 * MB)))
                .with(record(1, WEB1, "xen2", "xen1", at(100 * MB, 0, 0)));
        assertThat(history.dirtyBytesPerSecond(WEB1)).isEqualTo(50 * MB);
        assertThat(history.predict(WEB1, "xen1", "xen2", GB).precopy().dirtyShare())
                .isEqualTo(0.5);
    }

    @Test
    void aLineIsLearnedFromItselfAndOnlyElseFromOthers() {
        MigrationHistory history = MigrationHistory.NONE
                .with(record(0, MAIL, "xen1", "xen2", at(50 * MB, 0, 0)))
                .with(record(1, MAIL, "xen2", "xen1", at(10 * MB, 0, 0)));
        assertThat(history.predict(WEB1, "xen1", "xen2", GB).precopy().duration())
                .isEqualTo(Duration.ofMillis(20_300));
        assertThat(history.predict(WEB1, "xen1", "xen3", GB).precopy().duration())
                .isEqualTo(Duration.ofMillis(100_300));
    }

    @Test
    void onlyTheNewestMeasurementsCount() {
        MigrationHistory history = MigrationHistory.NONE.with(record(0, WEB1, "xen1", "xen2", at(1 * MB, 90 * MB, GB)));
        for (int i = 1; i <= 5; i++) {
            history = history.with(record(i, WEB1, "xen1", "xen2", at(100 * MB, 10 * MB, 100 * MB)));
        }
        assertThat(history.predict(WEB1, "xen1", "xen2", GB).precopy())
                .isEqualTo(Precopy.predict(GB, 10e6, 100 * MB, 100e6, Duration.ofMillis(300)));
    }

    @Test
    void theLastRoundIsNoPartOfWhatTheHostsTakeForHandingOver() {
        MigrationHistory history = MigrationHistory.NONE.with(
                record(0, MAIL, "xen1", "xen2", new Migrated.Transfer(GB, 20 * MB, 100 * MB, 0, 0)));
        assertThat(history.predict(WEB1, "xen1", "xen2", GB).precopy().pause()).isEqualTo(Duration.ofMillis(100));
        MigrationHistory odd = MigrationHistory.NONE.with(
                record(0, MAIL, "xen1", "xen2", new Migrated.Transfer(GB, GB, 100 * MB, 0, 0)));
        assertThat(odd.predict(WEB1, "xen1", "xen2", GB).precopy().pause()).isEqualTo(Duration.ZERO);
    }

    @Test
    void aMigrationOfWhichNothingWasMeasuredTeachesOnlyThatItWas() {
        MigrationHistory history = MigrationHistory.NONE.with(new MigrationRecord(
                NOW, WEB1, "xen1", "xen2", GB, Duration.ofSeconds(9), Optional.empty(), Optional.empty()));
        assertThat(history.predict(WEB1, "xen1", "xen2", GB).basis()).isEqualTo("nothing measured yet, assumed");
        assertThat(history.lastMove(WEB1)).contains(NOW);
        assertThat(history.lastMove(MAIL)).isEmpty();
    }

    @Test
    void aGuestsLastMoveIsTheLatestWhereverItStandsInTheHistory() {
        MigrationHistory history = MigrationHistory.NONE
                .with(record(5, WEB1, "xen1", "xen2", at(1, 0, 0)))
                .with(record(3, WEB1, "xen2", "xen1", at(1, 0, 0)));
        assertThat(history.lastMove(WEB1)).contains(NOW.plus(Duration.ofMinutes(5)));
    }

    @Test
    void theOldestAreForgottenWhenThereAreTooMany() {
        MigrationHistory history = MigrationHistory.NONE;
        for (int i = 0; i < 503; i++) {
            history = history.with(record(i, WEB1, "xen1", "xen2", at(1, 0, 0)));
        }
        assertThat(history.records()).hasSize(500);
        assertThat(history.records().get(0).at()).isEqualTo(NOW.plus(Duration.ofMinutes(3)));
        assertThat(history.records().get(499).at()).isEqualTo(NOW.plus(Duration.ofMinutes(502)));
    }
}
