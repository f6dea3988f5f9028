package org.vfrt.core.placement;

/** What a prediction was learned from. Stable names, for scripts. */
public enum LearnedFrom {
    /** No migration was measured yet: the numbers are assumed. */
    NOTHING,
    /** The line is known, and not how fast the guest writes to its memory. */
    OTHER_GUESTS,
    THIS_GUEST
}
