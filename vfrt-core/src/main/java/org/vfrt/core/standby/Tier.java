package org.vfrt.core.standby;

import java.util.List;
import java.util.Locale;

/** What is kept ready, and what it costs. */
public enum Tier {
    /** Live checkpoints at an interval, in a store beside the standby host. */
    WARM,
    /** A continuous stream; the last complete epoch is an image on the standby host. */
    HOT,
    /** A continuous stream into a paused guest on the standby host, which costs its memory there. */
    INSTANT;

    /** Returns what whoever chooses it has to know, one sentence each. */
    public List<String> caveats() {
        return this == WARM
                ? List.of()
                : List.of(
                        "what the guest sent to the network after its last epoch may have been seen by others, and is forgotten when it comes back: nothing holds it back until the epoch is kept",
                        "Xen calls Remus, which sends the epochs, experimental",
                        "an epoch is memory alone: the guest must have no disk that it can write to");
    }

    /** Returns the word for people. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
