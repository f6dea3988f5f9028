package org.vfrt.core.config;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.vfrt.core.failure.BadInput;

/** Amounts of bytes as people type them: a whole number and a unit, {@code MiB}, {@code GiB} or {@code TiB}. */
public final class Sizes {

    private static final Pattern FORM = Pattern.compile("(\\d{1,7})(MiB|GiB|TiB)");

    private Sizes() {}

    /**
     * Reads an amount.
     *
     * @return whole mebibytes, as bytes
     * @throws BadInput when it is anything else
     */
    public static long parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new BadInput(
                    "bad-size",
                    "'" + text + "' is not an amount of bytes",
                    "Write a whole number and a unit, for example 512MiB, 2GiB or 1TiB.");
        }
        return Long.parseLong(matcher.group(1)) << shift(matcher.group(2));
    }

    /** Writes whole mebibytes in the largest unit that takes no fraction, so that {@link #parse} gives the same again. */
    public static String format(long bytes) {
        for (String unit : new String[] {"TiB", "GiB"}) {
            if (bytes != 0 && bytes % (1L << shift(unit)) == 0) {
                return (bytes >> shift(unit)) + unit;
            }
        }
        return (bytes >> shift("MiB")) + "MiB";
    }

    private static int shift(String unit) {
        return switch (unit) {
            case "MiB" -> 20;
            case "GiB" -> 30;
            case "TiB" -> 40;
            default -> throw new IllegalArgumentException(unit);
        };
    }
}
