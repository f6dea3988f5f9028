package org.vfrt.core.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class LoadHistoryTest {

    private static final Instant START = Instant.parse("2026-11-28T12:00:00Z");
    private static final UUID GUEST = new UUID(0, 1);

    @Test
    void withOneSampleNothingIsKnown() {
        LoadHistory history = LoadHistory.NONE.with("xen1", sample(0, 10, 100));

        assertThat(history.cpus("xen1", GUEST, at(1))).isEmpty();
        assertThat(history.cpus("xen2", GUEST, at(1))).isEmpty();
    }

    @Test
    void useIsTheCpuTimeThatWasAddedBetweenSamples() {
        LoadHistory history = LoadHistory.NONE.with("xen1", sample(0, 10, 100)).with("xen1", sample(60, 16, 190));

        assertThat(history.cpus("xen1", GUEST, at(61)).orElseThrow()).isCloseTo(1.5, within(1e-9));
        assertThat(history.ownCpus("xen1", at(61)).orElseThrow()).isCloseTo(0.1, within(1e-9));
    }

    @Test
    void aShortLullDoesNotHideWhatAGuestDoesMostOfTheTime() {
        LoadHistory history = LoadHistory.NONE;
        for (int minute = 0; minute <= 25; minute++) {
            history = history.with("xen1", sample(60L * minute, 0, 120L * minute));
        }
        history = history.with("xen1", sample(60 * 26, 0, 120 * 25)).with("xen1", sample(60 * 27, 0, 120 * 25));

        assertThat(history.cpus("xen1", GUEST, at(60 * 27)).orElseThrow()).isCloseTo(2, within(1e-9));
    }

    @Test
    void aGuestThatWasStartedAnewHasNotUsedLessThanNothing() {
        LoadHistory history = LoadHistory.NONE
                .with("xen1", sample(0, 0, 1000))
                .with("xen1", sample(60, 0, 5))
                .with("xen1", sample(120, 0, 35));

        assertThat(history.cpus("xen1", GUEST, at(121)).orElseThrow()).isCloseTo(0.5, within(1e-9));
    }

    @Test
    void whatIsOlderThanHalfAnHourCountsForNothingAndGoes() {
        LoadHistory history = LoadHistory.NONE
                .with("xen1", sample(0, 0, 0))
                .with("xen1", sample(60, 0, 60))
                .with("xen1", sample(4000, 0, 70));

        assertThat(history.samples().get("xen1")).hasSize(1);
        assertThat(history.cpus("xen1", GUEST, at(4001))).isEmpty();
    }

    @Test
    void aClockThatWasWrongLeavesNoSampleInTheFuture() {
        LoadHistory history =
                LoadHistory.NONE.with("xen1", sample(90_000, 0, 60)).with("xen1", sample(0, 0, 0));

        assertThat(history.samples().get("xen1"))
                .singleElement()
                .satisfies(one -> assertThat(one.at()).isEqualTo(START));
    }

    private static Instant at(long seconds) {
        return START.plusSeconds(seconds);
    }

    private static LoadSample sample(long seconds, long own, long guest) {
        return new LoadSample(at(seconds), Duration.ofSeconds(own), Map.of(GUEST, Duration.ofSeconds(guest)));
    }
}
