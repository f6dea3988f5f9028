package org.vfrt.core.pool;

import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A version as libvirt numbers them: {@code major * 1,000,000 + minor * 1,000 + release}. */
public record Version(int major, int minor, int release) implements Comparable<Version> {

    private static final Comparator<Version> ORDER = Comparator.comparingInt(Version::major)
            .thenComparingInt(Version::minor)
            .thenComparingInt(Version::release);

    private static final Pattern VERSION = Pattern.compile("(\\d{1,6})\\.(\\d{1,6})(?:\\.(\\d{1,6}))?.*");

    /** Returns the version that libvirt gives as one number. */
    public static Version ofLibvirt(long number) {
        return new Version((int) (number / 1_000_000), (int) (number / 1_000 % 1_000), (int) (number % 1_000));
    }

    /** Returns the version that a text begins with; {@code 0.0.0}, which is older than any, where it begins with none. */
    public static Version ofText(String text) {
        Matcher matcher = VERSION.matcher(text);
        if (!matcher.matches()) {
            return new Version(0, 0, 0);
        }
        return new Version(
                Integer.parseInt(matcher.group(1)),
                Integer.parseInt(matcher.group(2)),
                matcher.group(3) == null ? 0 : Integer.parseInt(matcher.group(3)));
    }

    @Override
    public int compareTo(Version other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return major + "." + minor + "." + release;
    }
}
