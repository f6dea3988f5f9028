package org.vfrt.core.evidence;

import java.time.Duration;

/**
 * Something that can take a host's power away: a management controller, a power strip. Not safe for several threads.
 *
 * <p>Every method throws {@link org.vfrt.core.failure.Temporary} when the device does not answer in time, and {@link org.vfrt.core.failure.Failed} when it answers that it
 * will not, for example for a wrong password. Neither says anything about the power.
 */
public interface FenceDevice {

    /** Returns its name in the configuration. */
    String name();

    /** Asks whether the host has power. Changes nothing. */
    Power status(Duration within);

    /** Asks whether it can be spoken to at all, and takes what vfrt shows of itself. Changes nothing. */
    default void check(Duration within) {
        status(within);
    }

    /** Takes the power away. That it returns is no evidence: {@link #status} has to say so afterwards. */
    void off(Duration within);

    /** Gives power again. */
    void on(Duration within);

    /** Whether a host has power. A device that cannot tell throws. */
    enum Power {
        ON,
        OFF
    }
}
