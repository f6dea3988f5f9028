package org.vfrt.core.drill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.sign.Sign;

final class DrillOrderTest {

    private static final Instant THEN = Instant.parse("2026-11-20T03:00:00Z");

    private static boolean due(Duration every, DrillRecord.Result result, Duration age) {
        DrillRecord last = new DrillRecord(
                new UUID(1, 2),
                "web1",
                Optional.empty(),
                Optional.empty(),
                THEN,
                result,
                "",
                "",
                "runs",
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
        return new DrillOrder(every, Sign.usual(), DrillOrder.WITHIN, DrillNetwork.NONE)
                .due(Optional.of(last), THEN.plus(age));
    }

    @Test
    void aGuestThatWasNeverTriedIsDue() {
        assertThat(new DrillOrder(Duration.ofDays(7), Sign.usual(), DrillOrder.WITHIN, DrillNetwork.NONE)
                        .due(Optional.empty(), THEN))
                .isTrue();
    }

    @Test
    void aGuestThatPassedIsDueAfterTheWholeTimeAndAnHourBeforeForCron() {
        assertThat(due(Duration.ofDays(7), DrillRecord.Result.PASSED, Duration.ofDays(6)))
                .isFalse();
        assertThat(due(
                        Duration.ofDays(7),
                        DrillRecord.Result.PASSED,
                        Duration.ofDays(7).minusMinutes(59)))
                .isTrue();
        assertThat(due(Duration.ofHours(1), DrillRecord.Result.PASSED, Duration.ofMinutes(53)))
                .isFalse();
        assertThat(due(Duration.ofHours(1), DrillRecord.Result.PASSED, Duration.ofMinutes(54)))
                .isTrue();
    }

    @Test
    void aGuestThatFailedIsDueTheNextDay() {
        assertThat(due(Duration.ofDays(7), DrillRecord.Result.FAILED, Duration.ofHours(22)))
                .isFalse();
        assertThat(due(Duration.ofDays(7), DrillRecord.Result.FAILED, Duration.ofHours(23)))
                .isTrue();
        assertThat(due(Duration.ofHours(2), DrillRecord.Result.FAILED, Duration.ofHours(2)))
                .isTrue();
    }

    @Test
    void aConnectionNeedsANetwork() {
        assertThatThrownBy(() -> new DrillOrder(
                        Duration.ofDays(7), new Sign.Tcp("10.0.0.7", 25), DrillOrder.WITHIN, DrillNetwork.NONE))
                .isInstanceOf(BadInput.class);
    }
}
