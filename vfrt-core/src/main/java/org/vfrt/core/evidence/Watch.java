package org.vfrt.core.evidence;

import java.util.Optional;

/** Whether hosts answer. Safe for several threads. */
public interface Watch {

    /** Asks a host, now: what is answered was so at one moment between the call and its return. Never throws because the host does not answer. */
    Sighting look(String host);

    /**
     * What was seen.
     *
     * @param boot the boot under which it answered; empty when it did not answer, which is no evidence of anything
     * @param why it did not, for people; empty when it did
     */
    record Sighting(Optional<String> boot, String why) {

        /** It answered. */
        public static Sighting alive(String boot) {
            return new Sighting(Optional.of(boot), "");
        }

        /** It did not answer. */
        public static Sighting silent(String why) {
            return new Sighting(Optional.empty(), why);
        }
    }
}
