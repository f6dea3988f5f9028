package org.vfrt.core.drill;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.sign.Sign;

/**
 * How a guest's checkpoints are tried.
 *
 * @param every how old the last drill may become
 * @param sign what has to be seen
 * @param within how long after the restore it is waited for
 */
public record DrillOrder(Duration every, Sign sign, Duration within, DrillNetwork network) {

    /** How long a sign is waited for where nobody says otherwise. */
    public static final Duration WITHIN = Duration.ofSeconds(60);

    /** After a drill that failed: somebody may have mended it. */
    private static final Duration RETRY_MAX = Duration.ofDays(1);

    /** Cron and the drills before this one begin a little sooner or later each time. */
    private static final Duration TOLERANCE_MAX = Duration.ofHours(1);

    /** @throws BadInput for a sign that needs a network where there is none */
    public DrillOrder {
        if (sign instanceof Sign.Tcp && network == DrillNetwork.NONE) {
            throw new BadInput(
                    "sign-needs-network",
                    "the sign '" + sign.text() + "' cannot be seen without a network",
                    "Say that the network is 'private'.");
        }
    }

    /** Returns the network that a sign needs. */
    public static DrillNetwork networkFor(Sign sign) {
        return sign instanceof Sign.Tcp ? DrillNetwork.PRIVATE : DrillNetwork.NONE;
    }

    /**
     * Returns whether another drill is due.
     *
     * @param last the last one that said something about a checkpoint: that passed, or failed
     */
    public boolean due(Optional<DrillRecord> last, Instant now) {
        return last.map(one -> !one.begun().plus(pause(one)).isAfter(now)).orElse(true);
    }

    private Duration pause(DrillRecord last) {
        Duration full =
                last.result() == DrillRecord.Result.PASSED || every.compareTo(RETRY_MAX) < 0 ? every : RETRY_MAX;
        Duration tenth = full.dividedBy(10);
        return full.minus(tenth.compareTo(TOLERANCE_MAX) < 0 ? tenth : TOLERANCE_MAX);
    }
}
