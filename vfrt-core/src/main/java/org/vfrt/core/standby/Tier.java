package org.vfrt.core.standby;

import java.util.Locale;

/** What is kept ready, and what it costs. */
public enum Tier {
    /** Live checkpoints at an interval, in a store beside the standby host. */
    WARM,
    /** A continuous stream; the last complete epoch is an image on the standby host. */
    HOT,
    /** A continuous stream into a paused guest on the standby host, which costs its memory there. */
    INSTANT;

    /** Returns the word for people. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
