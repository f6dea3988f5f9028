package org.vfrt.core.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vfrt.core.failure.BadInput;

final class DurationsTest {

    @ParameterizedTest
    @CsvSource({
        "500ms,500",
        "0ms,0",
        "30s,30000",
        "90s,90000",
        "5m,300000",
        "2h,7200000",
        "1d,86400000",
        "3650d,315360000000"
    })
    void aNumberAndAUnitIsADurationAndIsWrittenTheSameWay(String text, long millis) {
        assertThat(Durations.parse(text)).isEqualTo(Duration.ofMillis(millis));
        assertThat(Durations.format(Duration.ofMillis(millis))).isEqualTo(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "5",
                "s",
                "-5s",
                "1.5s",
                "5 s",
                "5S",
                "5sec",
                "1h30m",
                "3651d",
                "999999999999d",
                "9999999999999ms"
            })
    void anythingElseIsRefusedWithAnExample(String text) {
        assertThatThrownBy(() -> Durations.parse(text))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("'" + text + "'")
                .extracting(e -> ((BadInput) e).hint())
                .asString()
                .contains("30s");
    }

    @Test
    void lessThanAMillisecondIsRounded() {
        assertThat(Durations.format(Duration.ofNanos(212_345_678))).isEqualTo("212ms");
        assertThat(Durations.format(Duration.ofNanos(999_500_000))).isEqualTo("1s");
    }
}
