package org.vfrt.core.image;

import java.util.SplittableRandom;

/**
 * Runs a test with many random seeds. A failure names its seed; {@code -Dvfrt.seed=SEED} runs that one alone.
 */
public final class Seeds {

    private Seeds() {}

    public static void each(int count, Trial trial) throws Exception {
        String only = System.getProperty("vfrt.seed", "");
        long first = only.isEmpty() ? System.nanoTime() : Long.parseLong(only);
        for (long seed = first; seed < first + (only.isEmpty() ? count : 1); seed++) {
            try {
                trial.run(new SplittableRandom(seed));
            } catch (Throwable e) {
                throw new AssertionError("failed with seed " + seed + "; run it alone with -Dvfrt.seed=" + seed, e);
            }
        }
    }

    /** One run; throws when it fails. */
    @FunctionalInterface
    public interface Trial {
        void run(SplittableRandom random) throws Exception;
    }
}
