package org.vfrt.core.simulate;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Plays scenarios, and misfortune by chance, on pools that are made up. The engine is the one that works on real pools. */
public final class Simulate {

    /**
     * What came of it.
     *
     * @param seed that plays the same again; 0 where nothing happened by chance
     * @param events calls of controllers into the world, and what happened to it
     * @param log what happened, a line each; empty where it was not asked for
     * @param broken rules that were broken
     */
    public record Outcome(long seed, long events, List<String> log, List<BrokenRule> broken) {

        public Outcome {
            log = List.copyOf(log);
            broken = List.copyOf(broken);
        }

        /** Returns how often one rule was broken. */
        public long count(Rule rule) {
            return broken.stream().filter(one -> one.rule() == rule).count();
        }
    }

    /** The rules that no feature may break. */
    public enum Rule {
        DOUBLE_START("never two"),
        EPOCH("epochs only grow"),
        ILLEGAL_ACTIVATION("no activation without evidence"),
        LOST("never lost");

        private final String text;

        Rule(String text) {
            this.text = text;
        }

        /** Returns it for people. */
        public String text() {
            return text;
        }
    }

    /**
     * A rule that was broken.
     *
     * @param at since the beginning
     */
    public record BrokenRule(Rule rule, Duration at, String what) {}

    /** Plays a scenario, step by step, and then so much misfortune by chance on the same pool. */
    public Outcome play(Scenario scenario, long seed, long events) {
        Stage stage = scenario.build(true);
        new PlaySteps(scenario, stage).run();
        if (events > 0) {
            new RandomRun(new SplittableRandom(seed), stage, scenario.machines())
                    .run(stage.pool().events() + events);
        }
        return outcome(events > 0 ? seed : 0, stage.pool());
    }

    /**
     * Has misfortune by chance on pools by chance, one after the other, until so many events have happened or a rule is broken.
     *
     * @param log whether what happened is wanted: of the last pool, and slower
     */
    public Outcome chance(long seed, long events, boolean log) {
        SplittableRandom seeds = new SplittableRandom(seed);
        long done = 0;
        List<BrokenRule> broken = new ArrayList<>();
        List<String> lines = List.of();
        while (done < events && broken.isEmpty()) {
            RandomRun run = RandomRun.made(seeds.nextLong(), log, world -> world);
            run.run(Math.min(EVENTS_PER_POOL, events - done));
            Outcome outcome = outcome(seed, run.pool());
            done += outcome.events();
            broken.addAll(outcome.broken());
            lines = outcome.log();
        }
        return new Outcome(seed, done, lines, broken);
    }

    /** Enough for each pool to get into trouble and out again several times. */
    private static final long EVENTS_PER_POOL = 10_000;

    private static Outcome outcome(long seed, SimulatedPool pool) {
        return new Outcome(seed, pool.events(), pool.lines(), pool.checks().broken());
    }
}
