package org.vfrt.core.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class LayoutTest {

    private static final long SEED = 20261128;

    @Test
    void whatIsKeptUpToDateMoveByMoveIsWhatAFreshSumGives() {
        SplittableRandom random = new SplittableRandom(SEED);
        RandomPools pools = new RandomPools(SEED);
        for (int i = 0; i < 300; i++) {
            PoolLoad pool = pools.next(6, 8);
            Layout layout = new Layout(pool, Metric.BALANCE);
            for (int j = 0; j < 50 && layout.units() > 0; j++) {
                layout.move(random.nextInt(layout.units()), random.nextInt(layout.hosts()));
            }

            Score kept = layout.score();
            Score fresh = new Layout(pool.after(layout.moves()), Metric.BALANCE).score();

            assertThat(kept.violations()).as("pool %d of seed %d", i, SEED).isCloseTo(fresh.violations(), within(1e-9));
            assertThat(kept.softViolations()).isEqualTo(fresh.softViolations());
            assertThat(kept.overload()).isCloseTo(fresh.overload(), within(1e-9));
            assertThat(kept.imbalance()).isCloseTo(fresh.imbalance(), within(1e-9));
        }
    }

    @Test
    void theContributionsOfAMoveAddUpToWhatTheScoreChangesBy() {
        SplittableRandom random = new SplittableRandom(SEED);
        RandomPools pools = new RandomPools(SEED);
        for (Metric metric : new Metric[] {Metric.BALANCE, Metric.HBAL}) {
            for (int i = 0; i < 300; i++) {
                PoolLoad pool = pools.next(6, 8);
                Layout layout = new Layout(pool, metric);
                if (layout.units() == 0) {
                    continue;
                }
                int unit = random.nextInt(layout.units());
                int to = random.nextInt(layout.hosts());
                if (to == layout.hostOf(unit)) {
                    continue;
                }
                Candidate candidate = new Candidate("any", java.util.List.of(), layout.contributions(unit, to));
                Score before = layout.score();
                layout.move(unit, to);
                Score after = layout.score();

                assertThat(candidate.added(Contribution.Part.VIOLATIONS))
                        .isCloseTo(after.violations() - before.violations(), within(1e-9));
                assertThat(candidate.added(Contribution.Part.SOFT_VIOLATIONS))
                        .isEqualTo(after.softViolations() - before.softViolations());
                assertThat(candidate.added(Contribution.Part.OVERLOAD))
                        .isCloseTo(after.overload() - before.overload(), within(1e-9));
                assertThat(candidate.added(Contribution.Part.IMBALANCE))
                        .isCloseTo(after.imbalance() - before.imbalance(), within(1e-9));
            }
        }
    }

    @Test
    void whereNoHostTakesGuestsAMoveAddsNothingToTheImbalance() {
        PoolLoad pool = SmallPools.pool(2, Stream.of(SmallPools.guest("a", 0, 4)))
                .with("host0", HostLoad.State.LEAVING)
                .with("host1", HostLoad.State.UNKNOWN);

        assertThat(new Layout(pool, Metric.BALANCE).contributions(0, 1))
                .extracting(Contribution::part)
                .containsOnly(Contribution.Part.VIOLATIONS);
    }
}
