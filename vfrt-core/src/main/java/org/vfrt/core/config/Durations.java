package org.vfrt.core.config;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.vfrt.core.failure.BadInput;

/** Durations as people type them: a whole number and a unit, {@code ms}, {@code s}, {@code m}, {@code h} or {@code d}. */
public final class Durations {

    /** Ten years; what is longer is a slip of the finger, and would overflow sooner or later. */
    private static final Duration LONGEST = Duration.ofDays(3_650);

    private static final Pattern FORM = Pattern.compile("(\\d{1,12})(ms|s|m|h|d)");

    private Durations() {}

    /**
     * Reads a duration.
     *
     * @return zero to ten years, in whole milliseconds
     * @throws BadInput when it is anything else
     */
    public static Duration parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw bad("'" + text + "' is not a duration");
        }
        long number = Long.parseLong(matcher.group(1));
        long unitMillis = unitMillis(matcher.group(2));
        if (number > LONGEST.toMillis() / unitMillis) {
            throw bad("'" + text + "' is longer than ten years");
        }
        return Duration.ofMillis(number * unitMillis);
    }

    /**
     * Writes a duration in the longest unit that takes no fraction, so that {@link #parse} gives the same again. What is less
     * than a millisecond is rounded.
     */
    public static String format(Duration duration) {
        long millis = duration.plusNanos(500_000).toMillis();
        for (String unit : new String[] {"d", "h", "m", "s"}) {
            if (millis != 0 && millis % unitMillis(unit) == 0) {
                return millis / unitMillis(unit) + unit;
            }
        }
        return millis + "ms";
    }

    private static long unitMillis(String unit) {
        return switch (unit) {
            case "ms" -> 1;
            case "s" -> 1_000;
            case "m" -> 60_000;
            case "h" -> 3_600_000;
            case "d" -> 86_400_000;
            default -> throw new IllegalArgumentException(unit);
        };
    }

    private static BadInput bad(String message) {
        return new BadInput(
                "bad-duration", message, "Write a whole number and a unit, for example 500ms, 30s, 5m, 2h or 1d.");
    }
}
