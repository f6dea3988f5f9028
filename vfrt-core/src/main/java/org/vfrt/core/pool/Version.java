package org.vfrt.core.pool;

import java.util.Comparator;

/** A version as libvirt numbers them: {@code major * 1,000,000 + minor * 1,000 + release}. */
public record Version(int major, int minor, int release) implements Comparable<Version> {

    private static final Comparator<Version> ORDER = Comparator.comparingInt(Version::major)
            .thenComparingInt(Version::minor)
            .thenComparingInt(Version::release);

    /** Returns the version that libvirt gives as one number. */
    public static Version ofLibvirt(long number) {
        return new Version((int) (number / 1_000_000), (int) (number / 1_000 % 1_000), (int) (number % 1_000));
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
