package org.vfrt.core.drill;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.UUID;
import org.vfrt.core.failure.Busy;
import org.vfrt.core.journal.GuestLock;
import org.vfrt.core.journal.GuestLocks;

/** Lets one process at a time hold the drills that are due. */
public final class DrillsAlone {

    private static final UUID ALL =
            UUID.nameUUIDFromBytes("vfrt checkpoint drill --all-due".getBytes(StandardCharsets.UTF_8));

    private final GuestLocks locks;

    public DrillsAlone(GuestLocks locks) {
        this.locks = locks;
    }

    /**
     * Takes the right to it.
     *
     * @throws Busy when another has it
     */
    public GuestLock take(Duration wait) {
        try {
            return locks.take(ALL, "of all drills", DrillCheckpoint.OPERATION + " --all-due", wait);
        } catch (Busy e) {
            throw new Busy(
                    "drills-busy",
                    "another process holds the drills that are due",
                    "Let it end, or wait for it with '--lock-wait 5m'.",
                    e);
        }
    }
}
