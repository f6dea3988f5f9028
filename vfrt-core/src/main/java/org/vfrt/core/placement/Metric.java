package org.vfrt.core.placement;

/**
 * How uneven use is turned into one number: for each resource the variance of the hosts' use (or its root), times a weight.
 *
 * @param weights by {@link Resource}
 * @param thresholds by {@link Resource}: use above it makes a host hot
 * @param deviation whether standard deviations are added up instead of variances
 */
public record Metric(Weights weights, Weights thresholds, boolean deviation) {

    /** A number for each {@link Resource}. */
    public record Weights(double memory, double cpu, double vcpus) {

        double of(Resource resource) {
            return switch (resource) {
                case MEMORY -> memory;
                case CPU -> cpu;
                case VCPUS -> vcpus;
            };
        }

        double sum() {
            return memory + cpu + vcpus;
        }
    }

    /** No host is ever hot. */
    private static final Weights NEVER =
            new Weights(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY);

    /**
     * Variance is smooth, changes by a move in a few operations, and can be told apart by resource and host; a sum of deviations has kinks on
     * which a search gets stuck.
     */
    public static final Metric BALANCE = new Metric(new Weights(1, 1, 0.25), new Weights(0.9, 0.8, 1), false);

    /**
     * The static score of Ganeti's hbal for a pool with shared storage (ganeti src/Ganeti/HTools/Cluster/Metrics.hs): the deviations of
     * free memory and of virtual CPUs for each physical one. For comparisons.
     */
    public static final Metric HBAL = new Metric(new Weights(1, 0, 1), NEVER, true);

    /** Returns what one resource adds to the imbalance. */
    double imbalance(double weight, double variance) {
        // Rounding can take a variance of nothing below zero.
        return weight * (deviation ? Math.sqrt(Math.max(0, variance)) : variance);
    }
}
