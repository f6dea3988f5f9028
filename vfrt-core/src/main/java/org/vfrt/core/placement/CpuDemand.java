package org.vfrt.core.placement;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * How many CPUs a domain keeps busy, smoothed over stored samples: what it does now counts most, but what it did often in the last half hour is not
 * forgotten, so that a short lull moves nobody.
 */
final class CpuDemand {

    /** Samples older than this count for nothing. */
    static final Duration WINDOW = Duration.ofMinutes(30);

    private static final Duration RECENT = Duration.ofMinutes(2);
    private static final double RECENT_SHARE = 0.75;
    private static final double PERCENTILE = 0.9;

    /** Over less time the rounding of both ends is worth more than what lies between. */
    private static final Duration INTERVAL_MIN = Duration.ofMillis(500);

    private final List<LoadSample> samples;
    private final Instant now;

    /** @param samples of one host, the oldest first */
    CpuDemand(List<LoadSample> samples, Instant now) {
        this.samples = samples;
        this.now = now;
    }

    private record Interval(Duration length, Instant end, double cpus) {}

    /**
     * Returns the demand in CPUs.
     *
     * @param cpuTime what a sample has for the domain
     * @return empty when no two samples have the domain
     */
    Optional<Double> of(Function<LoadSample, Optional<Duration>> cpuTime) {
        List<Interval> intervals = intervals(cpuTime);
        if (intervals.isEmpty()) {
            return Optional.empty();
        }
        double all = mean(intervals);
        List<Interval> recent = intervals.stream()
                .filter(interval -> interval.end.isAfter(now.minus(RECENT)))
                .toList();
        double latest = recent.isEmpty() ? intervals.get(intervals.size() - 1).cpus : mean(recent);
        return Optional.of(Math.max(RECENT_SHARE * latest + (1 - RECENT_SHARE) * all, percentile(intervals)));
    }

    private List<Interval> intervals(Function<LoadSample, Optional<Duration>> cpuTime) {
        List<Interval> intervals = new ArrayList<>();
        Optional<LoadSample> before = Optional.empty();
        for (LoadSample sample : samples) {
            Optional<Duration> used = cpuTime.apply(sample);
            if (used.isEmpty()
                    || sample.at().isBefore(now.minus(WINDOW))
                    || sample.at().isAfter(now)) {
                continue;
            }
            if (before.isPresent()) {
                Duration length = Duration.between(before.get().at(), sample.at());
                if (length.compareTo(INTERVAL_MIN) < 0) {
                    continue;
                }
                long added = used.get()
                        .minus(cpuTime.apply(before.get()).orElseThrow())
                        .toNanos();
                // A guest that was started anew in between begins at nothing.
                if (added >= 0) {
                    intervals.add(new Interval(length, sample.at(), (double) added / length.toNanos()));
                }
            }
            before = Optional.of(sample);
        }
        return intervals;
    }

    private static double mean(List<Interval> intervals) {
        double busy = 0;
        double length = 0;
        for (Interval interval : intervals) {
            busy += interval.cpus * interval.length.toNanos();
            length += interval.length.toNanos();
        }
        return busy / length;
    }

    /** Returns the use that was not exceeded in nine tenths of the time. */
    private static double percentile(List<Interval> intervals) {
        List<Interval> sorted = intervals.stream()
                .sorted(Comparator.comparingDouble(Interval::cpus))
                .toList();
        double whole = sorted.stream()
                .mapToDouble(interval -> interval.length.toNanos())
                .sum();
        double passed = 0;
        for (Interval interval : sorted) {
            passed += interval.length.toNanos();
            if (passed >= PERCENTILE * whole) {
                return interval.cpus;
            }
        }
        return sorted.get(sorted.size() - 1).cpus;
    }
}
