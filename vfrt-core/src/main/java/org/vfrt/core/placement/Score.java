package org.vfrt.core.placement;

/**
 * How good a pool's layout is; less is better. The parts are compared in the order they are named in, and a later one never makes up for
 * an earlier one: no balance is worth a broken rule.
 *
 * @param violations hard rules broken, guests on hosts that are to be left, and how far hosts are above their limits
 * @param shortfallBytes memory of guests that would find no place if a host or failure domain died, over all of them
 * @param softViolations soft rules broken
 * @param overload sum of the squares by which hosts' use is above the thresholds
 * @param imbalance weighted sum of the variances of the hosts' use
 */
public record Score(double violations, long shortfallBytes, int softViolations, double overload, double imbalance)
        implements Comparable<Score> {

    /** Less than this is rounding, in overload and imbalance. */
    static final double NOISE = 1e-12;

    /** The same for violations, a byte over the limit of a host among them. */
    static final double VIOLATION_NOISE = 1e-9;

    @Override
    public int compareTo(Score other) {
        int order = compare(violations, other.violations, VIOLATION_NOISE);
        order = order != 0 ? order : Long.compare(shortfallBytes, other.shortfallBytes);
        order = order != 0 ? order : Integer.compare(softViolations, other.softViolations);
        order = order != 0 ? order : compare(overload, other.overload, NOISE);
        return order != 0 ? order : compare(imbalance, other.imbalance, NOISE);
    }

    private static int compare(double one, double other, double noise) {
        return Math.abs(one - other) <= noise ? 0 : Double.compare(one, other);
    }

    /** Returns whether a guest is where it must not be, or a host has more than it may have. */
    public boolean breaksRules() {
        return violations > VIOLATION_NOISE;
    }

    /** Returns the imbalance as people read it: the root of the mean variance, in hundredths; 10 is a spread of 10 points of use. */
    public double index(Metric metric) {
        return index(imbalance, metric);
    }

    /** Returns whether what led here from another score was worth it: something that must be so is better now, or that much is off the index. */
    boolean isWorth(Score before, Metric metric, double leastGain) {
        Score evenly = new Score(violations, shortfallBytes, softViolations, overload, before.imbalance);
        int order = evenly.compareTo(before);
        return order < 0 || (order == 0 && before.index(metric) - index(metric) >= leastGain);
    }

    static double index(double imbalance, Metric metric) {
        return metric.deviation()
                ? 100 * imbalance / metric.weights().sum()
                : 100 * Math.sqrt(Math.max(0, imbalance) / metric.weights().sum());
    }
}
