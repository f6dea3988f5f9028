package org.vfrt.core.checkpoint;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.vfrt.core.disk.DiskPlace;
import org.vfrt.core.disk.DiskSnapshots;
import org.vfrt.core.disk.Engine;
import org.vfrt.core.disk.PairedDisk;
import org.vfrt.core.disk.SurveyedDisk;
import org.vfrt.core.text.Amounts;

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

    /** Snapshots are taken one after the other. */
    private static final Duration ASSUMED_SNAPSHOT = Duration.ofMillis(300);

    /** @param disks those that have to be taken while the guest stands still, each with a place */
    static PausePrediction of(
            List<Manifest> known,
            UUID guest,
            String hostName,
            Method method,
            long memoryBytes,
            List<SurveyedDisk> disks) {
        PausePrediction memory = ofMemory(known, guest, hostName, method, memoryBytes);
        if (disks.isEmpty()) {
            return memory;
        }
        String maker = maker(disks.get(0).place().orElseThrow());
        Optional<Duration> measured = newest(known.stream()
                        .filter(manifest -> !manifest.disks().isEmpty()
                                && maker(manifest.disks().get(0)).equals(maker)
                                && manifest.hostName().equals(hostName)))
                .stream()
                .map(manifest -> manifest.diskPause()
                        .multipliedBy(disks.size())
                        .dividedBy(manifest.disks().size()))
                .max(Comparator.naturalOrder());
        Duration taking = measured.orElse(
                maker.isEmpty() ? ASSUMED_SNAPSHOT.multipliedBy(disks.size()) : DiskSnapshots.TAKING_MAX);
        return new PausePrediction(
                memory.pause().plus(taking),
                memory.basis() + "; " + Amounts.duration(taking) + " of it for the snapshots of disks, "
                        + (measured.isPresent()
                                ? "as measured on this host"
                                : maker.isEmpty() ? "assumed" : "the most that disk hook '" + maker + "' may take"));
    }

    /** Which hook takes the snapshots; empty for a host's engines, which are all about as fast. */
    private static String maker(DiskPlace place) {
        return maker(place.engine(), place.origin());
    }

    private static String maker(PairedDisk disk) {
        return maker(disk.engine(), disk.snapshot());
    }

    /** What a hook has to do with begins with its name. */
    private static String maker(Engine engine, String reference) {
        return engine == Engine.EXTERNAL ? reference.substring(0, reference.indexOf(':')) : "";
    }

    private static PausePrediction ofMemory(
            List<Manifest> known, UUID guest, String hostName, Method method, long memoryBytes) {
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

    /** What the memory alone cost. */
    private static Duration memoryPause(Manifest manifest) {
        Duration rest = manifest.pause().minus(manifest.diskPause());
        return rest.isNegative() ? Duration.ZERO : rest;
    }

    /** A save writes all of the memory while the guest stands still, so what a small guest cost says little of a big one. */
    private static Duration scaled(Manifest manifest, long memoryBytes) {
        if (manifest.method() == Method.LIVE || memoryBytes <= manifest.memoryBytes()) {
            return memoryPause(manifest);
        }
        double times = (double) memoryBytes / manifest.memoryBytes();
        return Duration.ofNanos((long) (memoryPause(manifest).toNanos() * times));
    }

    private static Duration assumed(Method method, long memoryBytes) {
        return switch (method) {
            case LIVE -> ASSUMED_LIVE_PAUSE;
            // All memory is written, then read, while the guest stands still.
            case SAVE -> Duration.ofSeconds(1 + 2 * memoryBytes / ASSUMED_BYTES_PER_SECOND);
        };
    }
}
