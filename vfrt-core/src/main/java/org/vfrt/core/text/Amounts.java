package org.vfrt.core.text;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** How amounts are shown to people. Done by hand: java.util.Formatter would cost each list 10 ms at start. */
public final class Amounts {

    private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

    private Amounts() {}

    /** Returns for example {@code 512 MiB} or {@code 1.5 GiB}: one decimal below ten, unless it is zero. */
    public static String bytes(long bytes) {
        int unit = 0;
        long scale = 1;
        while (unit < UNITS.length - 1 && bytes / scale >= 1024) {
            scale <<= 10;
            unit++;
        }
        long whole = bytes / scale;
        long tenths = unit == 0 ? 0 : Math.round(bytes % scale * 10.0 / scale);
        if (tenths == 10) {
            whole++;
            tenths = 0;
        }
        return whole + (whole < 10 && tenths > 0 ? "." + tenths : "") + " " + UNITS[unit];
    }

    /** Returns for example {@code 0.4 ms}, {@code 85 ms}, {@code 1.234 s}, {@code 48.1 s} or {@code 3 min 20 s}; milliseconds are rounded up. */
    public static String duration(Duration duration) {
        long micros = duration.toNanos() / 1_000;
        if (micros < 900) {
            return micros == 0 ? "0 ms" : "0." + (micros + 99) / 100 + " ms";
        }
        long millis = millis(duration);
        if (millis < 1_000) {
            return millis + " ms";
        }
        if (millis < 10_000) {
            return millis / 1_000 + "." + digits(millis % 1_000, 3) + " s";
        }
        if (millis < 60_000) {
            return millis / 1_000 + "." + millis % 1_000 / 100 + " s";
        }
        long minutes = millis / 60_000;
        return minutes < 60
                ? minutes + " min " + millis / 1_000 % 60 + " s"
                : minutes / 60 + " h " + minutes % 60 + " min";
    }

    /** Returns the duration in milliseconds, rounded up: a measured pause is an upper bound and stays one. */
    public static long millis(Duration duration) {
        return (duration.toNanos() + 999_999) / 1_000_000;
    }

    /** Returns the second in UTC, for example {@code 2026-11-22T10:15:00Z}. */
    public static String time(Instant instant) {
        return instant.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    private static String digits(long number, int width) {
        String text = Long.toString(number);
        return "0".repeat(width - text.length()) + text;
    }
}
