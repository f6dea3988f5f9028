package org.vfrt.core.placement;

/** What a move, or several, add to each part of a score that a search keeps up to date. Mutable: a search makes millions of them. */
final class Gain {

    private double violations;
    private int soft;
    private double overload;
    private double imbalance;

    void reset() {
        violations = 0;
        soft = 0;
        overload = 0;
        imbalance = 0;
    }

    /** Adds what the layout's last {@link Layout#weigh} found. */
    void add(Layout layout) {
        violations += layout.addedViolations();
        soft += layout.addedSoft();
        overload += layout.addedOverload();
        imbalance += layout.addedImbalance();
    }

    void set(Gain other) {
        violations = other.violations;
        soft = other.soft;
        overload = other.overload;
        imbalance = other.imbalance;
    }

    /** Returns less than zero when this one betters a score more than the other does. */
    int compareTo(Gain other) {
        return order(
                violations - other.violations,
                soft - other.soft,
                overload - other.overload,
                imbalance - other.imbalance);
    }

    private static int order(double violations, int soft, double overload, double imbalance) {
        if (Math.abs(violations) > Score.VIOLATION_NOISE) {
            return violations < 0 ? -1 : 1;
        }
        if (soft != 0) {
            return soft;
        }
        if (Math.abs(overload) > Score.NOISE) {
            return overload < 0 ? -1 : 1;
        }
        return Math.abs(imbalance) <= Score.NOISE ? 0 : imbalance < 0 ? -1 : 1;
    }

    /** Returns whether a hard rule is kept that was broken, or a host comes nearer to its limits from above. */
    boolean mends() {
        return violations < -Score.VIOLATION_NOISE;
    }

    double violations() {
        return violations;
    }

    int soft() {
        return soft;
    }

    double overload() {
        return overload;
    }

    double imbalance() {
        return imbalance;
    }
}
