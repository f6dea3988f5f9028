package org.vfrt.core.retention;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.vfrt.core.checkpoint.Tag;
import org.vfrt.core.failure.BadInput;

/**
 * What is to be kept of one guest's checkpoints. A checkpoint stays when any of these says so; a count of zero says nothing.
 *
 * @param last so many of the newest
 * @param within all that were taken so long before the newest one, or less
 * @param hourly the newest of each of the last so many hours that have one
 * @param daily the same of days
 * @param weekly the same of ISO weeks, which begin on Monday
 * @param monthly the same of months
 * @param yearly the same of years
 * @param tags all that carry one of these
 */
public record KeepRules(
        int last,
        Optional<Duration> within,
        int hourly,
        int daily,
        int weekly,
        int monthly,
        int yearly,
        List<Tag> tags) {

    /** Far above any wish; what is more is a slip of the finger. */
    public static final int COUNT_MAX = 100_000;

    /**
     * Checks the rules.
     *
     * @throws BadInput when a count is out of range, or nothing at all is to be kept
     */
    public KeepRules {
        tags = tags.stream().distinct().sorted().toList();
        IntStream counts = IntStream.of(last, hourly, daily, weekly, monthly, yearly);
        counts.filter(count -> count < 0 || count > COUNT_MAX).findFirst().ifPresent(count -> {
            throw new BadInput(
                    "bad-keep-count",
                    count + " checkpoints cannot be kept",
                    "Write a whole number up to " + COUNT_MAX + ", or leave the rule out.");
        });
        if (within.filter(span -> span.isZero() || span.isNegative()).isPresent()) {
            throw new BadInput("bad-keep-within", "nothing lies within no time", "Leave the rule out.");
        }
        if (last + hourly + daily + weekly + monthly + yearly == 0 && within.isEmpty() && tags.isEmpty()) {
            throw new BadInput(
                    "keeps-nothing",
                    "these rules would keep no checkpoint at all",
                    "Say what is to stay, for example the last 4 and one for each of 7 days.");
        }
    }
}
