package org.vfrt.core.drill;

import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.vfrt.core.sign.Sign;

/**
 * One drill.
 *
 * @param checkpoint the id of what was tried; empty when there was none
 * @param host where; empty when it did not come to that
 * @param code of the reason why it did not pass; empty when it passed
 * @param text the same for people
 * @param sign what was to be seen, as people write it
 * @param disks how long it took until the copy had its disks
 * @param memory from then until it was seen to run
 * @param signOfLife from then until the sign was seen
 */
public record DrillRecord(
        UUID guest,
        String guestName,
        Optional<String> checkpoint,
        Optional<String> host,
        Instant begun,
        Result result,
        String code,
        String text,
        String sign,
        Optional<Duration> disks,
        Optional<Duration> memory,
        Optional<Duration> signOfLife) {

    /** What came of it. */
    public enum Result {
        PASSED,
        /** The checkpoint, or what it needs, is not what it should be; or something of the copy is left. */
        FAILED,
        /** It says nothing about the checkpoint: there was no room, for instance. */
        NOT_RUN;

        /** Returns its name for people and files. */
        public String text() {
            return name().toLowerCase(Locale.ROOT).replace('_', ' ');
        }
    }

    /** Returns the time from the start of the restore to the sign of life; empty when none was seen. */
    public Optional<Duration> rto() {
        return signOfLife.map(last ->
                disks.orElse(Duration.ZERO).plus(memory.orElse(Duration.ZERO)).plus(last));
    }

    /** Returns whether the sign says little about the guest. */
    public boolean weak() {
        return sign.equals(Sign.usual().text());
    }
}
