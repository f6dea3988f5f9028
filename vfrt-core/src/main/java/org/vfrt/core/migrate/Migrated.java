package org.vfrt.core.migrate;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.vfrt.core.pool.Guest;

/**
 * What a migration that was done came to. What could not be measured is empty.
 *
 * @param guest as its new host reported it afterwards
 * @param took from the first call until the guest ran on its new host
 * @param pause how long it stood still
 * @param transfer what went over the line
 * @param notes what an operator should know
 */
public record Migrated(
        Guest guest, Duration took, Optional<Duration> pause, Optional<Transfer> transfer, List<String> notes) {

    public Migrated {
        notes = List.copyOf(notes);
    }

    /**
     * What was seen of the stream.
     *
     * @param sentBytes in all rounds
     * @param lastRoundBytes while the guest stood still
     * @param bytesPerSecond of the first round, which is the line's own speed
     * @param dirtyBytesPerSecond how fast the guest wrote to memory that had been sent; zero when there was only one round
     * @param workingSetBytes the most that one later round had to send again
     */
    public record Transfer(
            long sentBytes, long lastRoundBytes, long bytesPerSecond, long dirtyBytesPerSecond, long workingSetBytes) {

        /** Returns whether rounds were seen, and with them how fast the guest writes. In clear nobody sees them. */
        boolean roundsSeen() {
            return lastRoundBytes > 0 || workingSetBytes > 0;
        }
    }
}
