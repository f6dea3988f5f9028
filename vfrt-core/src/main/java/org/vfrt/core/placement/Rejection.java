package org.vfrt.core.placement;

import java.util.Locale;

/**
 * Why a host is not taken for a guest.
 *
 * @param text the reason with its numbers, in words
 */
public record Rejection(Code code, String text) {

    /** Stable names, for scripts. New ones may come. */
    public enum Code {
        /** The host is being emptied, or the guest does not run. */
        STATE,
        /** The host does not answer. */
        STALE_METRICS,
        CPU_COMPAT,
        XEN_VERSION,
        HYPERVISOR,
        MEMORY,
        /** With the guest there, others would find no place when a host dies. */
        MEMORY_RESERVE_N1,
        VCPU_LIMIT,
        STORAGE,
        NETWORK,
        PIN,
        EXCLUDED,
        PASSTHROUGH,
        ANTI_AFFINITY,
        AFFINITY,
        PV_GUEST,
        /** What both hosts were asked says that the migration would be refused: an open job, a disk that may be another one. */
        OBSTACLE,
        /** The guest was moved lately; what only evens out use leaves it alone. */
        COOLDOWN,
        /** The guest left the host lately; what only evens out use does not send it back. */
        LEFT_LATELY,
        /** The guest writes to its memory about as fast as it can be sent; what only evens out use leaves it alone. */
        DIRTY_RATE;

        /** Returns it as scripts and people read it, for example {@code memory-reserve-n1}. */
        public String text() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }
}
