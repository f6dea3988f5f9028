package org.vfrt.core.placement;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class PrecopyTest {

    private static final long MIB = 1L << 20;
    private static final Duration RESUME = Duration.ofMillis(200);

    @Test
    void anIdleGuestStandsStillForAsLongAsTheResumingTakes() {
        Precopy precopy = Precopy.predict(1024 * MIB, 0, 512 * MIB, 100.0 * MIB, RESUME);

        assertThat(precopy.pause()).isEqualTo(RESUME);
        assertThat(precopy.duration()).isEqualTo(Duration.ofMillis(10_440));
        assertThat(precopy.converges()).isTrue();
    }

    @Test
    void eachRoundSendsWhatWasWrittenDuringTheOneBefore() {
        Precopy precopy = Precopy.predict(1000 * MIB, 10.0 * MIB, 1000 * MIB, 100.0 * MIB, Duration.ZERO);

        // 1000, 100, 10, 1 and 0.1 MiB: less than 50 pages are left then, and the guest stands for what it wrote
        // meanwhile.
        assertThat(precopy.duration()).isBetween(Duration.ofMillis(11_110), Duration.ofMillis(11_112));
        assertThat(precopy.pause()).isLessThan(Duration.ofMillis(1));
    }

    @Test
    void aGuestThatWritesAsFastAsTheLinkSendsStandsStillForAllThatItWritesTo() {
        Precopy precopy = Precopy.predict(1000 * MIB, 200.0 * MIB, 300 * MIB, 100.0 * MIB, Duration.ZERO);

        assertThat(precopy.pause()).isEqualTo(Duration.ofSeconds(3));
        assertThat(precopy.converges()).isFalse();
    }
}
