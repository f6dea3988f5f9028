package org.vfrt.core.placement;

/**
 * Why a host is not taken for a guest.
 *
 * @param text the reason with its numbers, in words
 */
public record Rejection(Code code, String text) {

    /** Stable names, for scripts. New ones may come. */
    public enum Code {
        /** The host does not answer, is being emptied, or its figures are too old. */
        STATE,
        STALE_METRICS,
        CPU_COMPAT,
        XEN_VERSION,
        HYPERVISOR,
        MEMORY,
        MEMORY_RESERVE_N1,
        VCPU_LIMIT,
        STORAGE,
        NETWORK,
        PIN,
        EXCLUDED,
        PASSTHROUGH,
        ANTI_AFFINITY,
        AFFINITY,
        COOLDOWN,
        INFLOW,
        NO_CONVERGE,
        PV_GUEST
    }
}
