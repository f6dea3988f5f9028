package org.vfrt.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.vfrt.core.checkpoint.Tag;
import org.vfrt.core.retention.KeepRules;
import picocli.CommandLine.Option;

/** {@code --keep-…}: what is to stay. */
final class KeepOptions {

    @Option(names = "--keep-last", paramLabel = "N", description = "Keep the last N checkpoints of a guest.")
    private @Nullable Integer last;

    @Option(
            names = "--keep-within",
            paramLabel = "DURATION",
            converter = DurationConverter.class,
            description = "Keep what was taken so long before the newest one, or less, for example 2d.")
    private @Nullable Duration within;

    @Option(
            names = "--keep-hourly",
            paramLabel = "N",
            description = "Keep the newest of each of the last N hours that have one.")
    private @Nullable Integer hourly;

    @Option(names = "--keep-daily", paramLabel = "N", description = "The same of days.")
    private @Nullable Integer daily;

    @Option(names = "--keep-weekly", paramLabel = "N", description = "The same of weeks, which begin on Monday.")
    private @Nullable Integer weekly;

    @Option(names = "--keep-monthly", paramLabel = "N", description = "The same of months.")
    private @Nullable Integer monthly;

    @Option(names = "--keep-yearly", paramLabel = "N", description = "The same of years.")
    private @Nullable Integer yearly;

    @Option(
            names = "--keep-tag",
            paramLabel = "TAG",
            converter = TagConverter.class,
            description = "Keep what carries this tag; may be given several times.")
    private List<Tag> tags = new ArrayList<>();

    /**
     * Returns the rules; empty when no option was given.
     *
     * @throws org.vfrt.core.failure.BadInput when they would keep nothing
     */
    Optional<KeepRules> rules() {
        boolean counts = Stream.of(
                        count(last), count(hourly), count(daily), count(weekly), count(monthly), count(yearly))
                .anyMatch(Optional::isPresent);
        if (!counts && within == null && tags.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new KeepRules(
                count(last).orElse(0),
                Optional.ofNullable(within),
                count(hourly).orElse(0),
                count(daily).orElse(0),
                count(weekly).orElse(0),
                count(monthly).orElse(0),
                count(yearly).orElse(0),
                tags));
    }

    private static Optional<Integer> count(@Nullable Integer given) {
        return Optional.ofNullable(given);
    }
}
