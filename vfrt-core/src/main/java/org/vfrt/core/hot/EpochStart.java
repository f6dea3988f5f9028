package org.vfrt.core.hot;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.vfrt.core.epoch.Epoch;
import org.vfrt.core.pool.Guest;

/** What is asked of whoever starts a guest from its last complete epoch, and what is answered. */
public final class EpochStart {

    private EpochStart() {}

    /**
     * What is asked for.
     *
     * @param epochs the directory of the guest's epochs
     * @param target the host to start it on
     * @param deadHost the name of the host that it ran on, typed out by someone who knows that it is dead
     * @param acceptedDrift the guest's name, typed out by someone who knows that nothing was written to its disks since the epoch
     */
    public record Request(
            Path epochs, String target, String deadHost, Optional<String> acceptedDrift, Duration lockWait) {}

    /**
     * What came of it.
     *
     * @param took from the opening of the epoch to the guest being seen at work
     */
    public record Outcome(Guest guest, Epoch epoch, Duration took) {}
}
