package org.vfrt.core.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class AmountsTest {

    @ParameterizedTest
    @CsvSource({
        "0, 0 B",
        "1023, 1023 B",
        "1024, 1 KiB",
        "1536, 1.5 KiB",
        "1048575, 1024 KiB",
        "536870912, 512 MiB",
        "1610612736, 1.5 GiB",
        "10737418239, 10 GiB",
        "9223372036854775807, 8 EiB"
    })
    void bytesAreShownInTheLargestUnitThatFits(long bytes, String shown) {
        assertThat(Amounts.bytes(bytes)).isEqualTo(shown);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0 ms",
        "40000, 0.1 ms",
        "400000, 0.4 ms",
        "85000000, 85 ms",
        "22400000, 23 ms",
        "899000, 0.9 ms",
        "900001, 1 ms",
        "999600000, 1.000 s",
        "1234000000, 1.234 s",
        "48190000000, 48.1 s",
        "200000000000, 3 min 20 s",
        "7320000000000, 2 h 2 min"
    })
    void durationsAreShownAsPreciselyAsTheyMatter(long nanos, String shown) {
        assertThat(Amounts.duration(Duration.ofNanos(nanos))).isEqualTo(shown);
    }

    @Test
    void measuredMillisecondsStayAnUpperBound() {
        assertThat(Amounts.millis(Duration.ofNanos(85_000_001))).isEqualTo(86);
        assertThat(Amounts.millis(Duration.ofMillis(85))).isEqualTo(85);
    }

    @Test
    void timesAreUtcSeconds() {
        assertThat(Amounts.time(Instant.parse("2026-11-22T10:15:00.999Z"))).isEqualTo("2026-11-22T10:15:00Z");
    }
}
