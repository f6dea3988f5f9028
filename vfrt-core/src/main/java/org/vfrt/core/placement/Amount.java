package org.vfrt.core.placement;

/**
 * How much of a host's resources: what it has, what is taken, or what a guest needs.
 *
 * @param memoryBytes memory
 * @param cpus physical CPUs' worth of time; 1.5 is one CPU always busy and another one half of the time
 * @param vcpus virtual CPUs
 */
public record Amount(long memoryBytes, double cpus, double vcpus) {

    /** Nothing at all. */
    public static final Amount NONE = new Amount(0, 0, 0);

    public Amount {
        if (memoryBytes < 0 || !(cpus >= 0) || !(vcpus >= 0)) {
            throw new IllegalArgumentException(
                    "an amount is not negative: " + memoryBytes + ", " + cpus + ", " + vcpus);
        }
    }

    /** Returns one of the three, in its own unit. */
    double of(Resource resource) {
        return switch (resource) {
            case MEMORY -> memoryBytes;
            case CPU -> cpus;
            case VCPUS -> vcpus;
        };
    }
}
