package org.vfrt.core.checkpoint;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * How long a guest will probably stand still, learned from the checkpoints that are there.
 *
 * @param pause the longest single interruption expected
 * @param basis where the number comes from, in words
 */
record PausePrediction(Duration pause, String basis) {

    /** So many of the newest measurements count: enough to see a bad one, few enough to forget last month. */
    private static final int MEASUREMENTS = 5;

    /** Without any measurement: what a slow disk or network moves in a second. */
    private static final long ASSUMED_BYTES_PER_SECOND = 100L << 20;

    private static final Duration ASSUMED_LIVE_PAUSE = Duration.ofSeconds(1);

    static PausePrediction of(List<Manifest> known, UUID guest, String hostName, Method method, long memoryBytes) {
        List<Manifest> same = newest(known.stream()
                .filter(manifest -> manifest.guestUuid().equals(guest))
                .filter(manifest -> manifest.hostName().equals(hostName) && manifest.method() == method));
        if (!same.isEmpty()) {
            return new PausePrediction(
                    longest(same, memoryBytes),
                    "longest of the last " + same.size() + " measured on this guest and host");
        }
        List<Manifest> others = newest(
                known.stream().filter(manifest -> manifest.hostName().equals(hostName) && manifest.method() == method));
        if (!others.isEmpty()) {
            return new PausePrediction(
                    longest(others, memoryBytes),
                    "longest of the last " + others.size() + " measured on other guests of this host");
        }
        return new PausePrediction(assumed(method, memoryBytes), "nothing measured yet, assumed");
    }

    private static List<Manifest> newest(Stream<Manifest> manifests) {
        return manifests
                .sorted(FindCheckpoint.OLDEST_FIRST.reversed())
                .limit(MEASUREMENTS)
                .toList();
    }

    private static Duration longest(List<Manifest> manifests, long memoryBytes) {
        return manifests.stream()
                .flatMap(manifest -> Stream.of(scaled(manifest, memoryBytes), manifest.rearmPause()))
                .max(Comparator.naturalOrder())
                .orElse(Duration.ZERO);
    }

    /** A save writes all of the memory while the guest stands still, so what a small guest cost says little of a big one. */
    private static Duration scaled(Manifest manifest, long memoryBytes) {
        if (manifest.method() == Method.LIVE || memoryBytes <= manifest.memoryBytes()) {
            return manifest.pause();
        }
        double times = (double) memoryBytes / manifest.memoryBytes();
        return Duration.ofNanos((long) (manifest.pause().toNanos() * times));
    }

    private static Duration assumed(Method method, long memoryBytes) {
        return switch (method) {
            case LIVE -> ASSUMED_LIVE_PAUSE;
            // All memory is written, then read, while the guest stands still.
            case SAVE -> Duration.ofSeconds(1 + 2 * memoryBytes / ASSUMED_BYTES_PER_SECOND);
        };
    }
}
