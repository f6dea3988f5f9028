package org.vfrt.core.placement;

/**
 * Something that a guest needs and a host has or has not, and that many guests can use at once.
 *
 * @param name a bridge, the source of a disk, a CPU feature, in the words of the guest's definition
 */
public record Facility(Kind kind, String name) {

    /** What it is. */
    public enum Kind {
        NETWORK,
        STORAGE,
        CPU_FEATURE,
        /** How a host runs guests: log-dirty mode for PV guests for instance. */
        HYPERVISOR
    }
}
