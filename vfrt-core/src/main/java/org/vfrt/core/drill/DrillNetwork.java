package org.vfrt.core.drill;

import java.util.Locale;
import org.vfrt.core.failure.BadInput;

/** What becomes of the network interfaces of a copy. */
public enum DrillNetwork {
    /** They are removed. */
    NONE,
    /** Each is on a bridge of its own that leads nowhere. */
    PRIVATE;

    /**
     * Reads its name.
     *
     * @throws BadInput when it is none
     */
    public static DrillNetwork parse(String text) {
        for (DrillNetwork network : values()) {
            if (network.text().equals(text)) {
                return network;
            }
        }
        throw new BadInput("bad-network", "there is no network '" + text + "' for a drill", "Write none or private.");
    }

    /** Returns its name for people and files. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
