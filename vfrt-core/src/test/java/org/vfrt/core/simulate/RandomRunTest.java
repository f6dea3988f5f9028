package org.vfrt.core.simulate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.vfrt.core.standby.StandbyWorld;

/** Misfortune by chance. {@code scripts/bench/simulate} has as much of it as is asked for. */
final class RandomRunTest {

    private static final long EVENTS = 100_000;

    @Test
    void noMisfortuneBreaksARule() {
        long seed = Long.getLong("vfrt.seed", 1);

        Simulate.Outcome outcome = new Simulate().chance(seed, EVENTS, false);

        assertThat(outcome.broken())
                .as("seed %d: replay it with 'vfrt simulate --seed %d --events %d'", seed, seed, EVENTS)
                .isEmpty();
        assertThat(outcome.events()).isGreaterThanOrEqualTo(EVENTS);
    }

    @Test
    void theSameSeedIsTheSameMisfortune() {
        Simulate.Outcome first = new Simulate().chance(7, 3_000, true);
        Simulate.Outcome second = new Simulate().chance(7, 3_000, true);

        assertThat(first.log()).isNotEmpty().isEqualTo(second.log());
    }

    static Map<String, UnaryOperator<StandbyWorld>> bugs() {
        return PlantedBugs.all();
    }

    static Set<String> bugNames() {
        return bugs().keySet();
    }

    @ParameterizedTest
    @MethodSource("bugNames")
    void aMistakeOfVfrtsOwnIsFound(String name) {
        UnaryOperator<StandbyWorld> bug = Objects.requireNonNull(bugs().get(name));
        for (long seed = 1; seed <= 60; seed++) {
            RandomRun run = RandomRun.made(seed, false, bug);
            run.run(4_000);
            if (!run.pool().checks().broken().isEmpty()) {
                return;
            }
        }
        throw new AssertionError("nobody finds '" + name + "'");
    }
}
