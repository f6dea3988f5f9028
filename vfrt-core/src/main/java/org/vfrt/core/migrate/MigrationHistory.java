package org.vfrt.core.migrate;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BinaryOperator;
import java.util.function.Predicate;
import org.vfrt.core.placement.LearnedFrom;
import org.vfrt.core.placement.Precopy;

/** The migrations that were done, the oldest first. */
public record MigrationHistory(List<MigrationRecord> records) {

    /** Nothing is known. */
    public static final MigrationHistory NONE = new MigrationHistory(List.of());

    /** More than this tells nothing new. */
    private static final int RECORDS_MAX = 500;

    /** So many of the newest measurements count. */
    private static final int MEASUREMENTS = 5;

    /** Without any measurement: what a network of 1 Gbit/s carries. */
    private static final double ASSUMED_BYTES_PER_SECOND = 100e6;

    private static final Duration ASSUMED_SWITCH = Duration.ofSeconds(1);

    public MigrationHistory {
        records = List.copyOf(records);
    }

    /** Returns the history with one record more. */
    public MigrationHistory with(MigrationRecord record) {
        List<MigrationRecord> all = new ArrayList<>(records);
        all.add(record);
        return new MigrationHistory(all.subList(Math.max(0, all.size() - RECORDS_MAX), all.size()));
    }

    /** Returns when a guest was moved last. */
    public Optional<Instant> lastMove(UUID guest) {
        return records.stream()
                .filter(record -> record.guest().equals(guest))
                .map(MigrationRecord::at)
                .max(Comparator.naturalOrder());
    }

    /** Returns the hosts that a guest left after some moment, and when it did so last. */
    public Map<String, Instant> leftSince(UUID guest, Instant since) {
        Map<String, Instant> left = new LinkedHashMap<>();
        records.stream()
                .filter(record -> record.guest().equals(guest) && record.at().isAfter(since))
                .forEach(record ->
                        left.merge(record.from(), record.at(), BinaryOperator.maxBy(Comparator.naturalOrder())));
        return left;
    }

    /** Returns how fast a guest was seen to write to its memory when that was seen last, in bytes a second; zero when not known. */
    public long dirtyBytesPerSecond(UUID guest) {
        return roundsOf(guest).stream()
                .findFirst()
                .flatMap(MigrationRecord::transfer)
                .map(Migrated.Transfer::dirtyBytesPerSecond)
                .orElse(0L);
    }

    /** Without those in clear: they say nothing of what the guest writes, which is not to say that it writes nothing. */
    private List<MigrationRecord> roundsOf(UUID guest) {
        return newest(record -> record.guest().equals(guest)
                && record.transfer().filter(Migrated.Transfer::roundsSeen).isPresent());
    }

    /**
     * How a migration will go.
     *
     * @param from where the numbers come from
     * @param basis the same in words
     */
    public record Prediction(Precopy precopy, LearnedFrom from, String basis) {}

    /** What an operator must know of predictions while nothing was measured. */
    static final String ASSUMED = "how long that takes is assumed: no migration was measured yet";

    /** Returns whether predictions rest on anything that was measured. */
    boolean measured() {
        return !newest(record -> true).isEmpty();
    }

    /** Predicts how a migration of a guest of so much memory would go. */
    public Prediction predict(UUID guest, String from, String to, long memoryBytes) {
        List<MigrationRecord> same = roundsOf(guest);
        List<MigrationRecord> line =
                newest(record -> record.from().equals(from) && record.to().equals(to));
        if (line.isEmpty()) {
            line = newest(record -> true);
        }
        double bytesPerSecond = line.stream()
                .mapToDouble(record -> (double) record.transfer().orElseThrow().bytesPerSecond())
                .filter(rate -> rate > 0)
                .min()
                .orElse(ASSUMED_BYTES_PER_SECOND);
        Duration between = line.stream()
                .map(MigrationHistory::switching)
                .max(Comparator.naturalOrder())
                .orElse(ASSUMED_SWITCH);
        long dirty = same.stream()
                .mapToLong(record -> record.transfer().orElseThrow().dirtyBytesPerSecond())
                .max()
                .orElse(0);
        long workingSet = same.stream()
                .mapToLong(record -> record.transfer().orElseThrow().workingSetBytes())
                .max()
                .orElse(memoryBytes);
        return new Prediction(
                Precopy.predict(memoryBytes, (double) dirty, workingSet, bytesPerSecond, between),
                line.isEmpty()
                        ? LearnedFrom.NOTHING
                        : same.isEmpty() ? LearnedFrom.OTHER_GUESTS : LearnedFrom.THIS_GUEST,
                basis(same, line));
    }

    private static String basis(List<MigrationRecord> same, List<MigrationRecord> line) {
        if (line.isEmpty()) {
            return "nothing measured yet, assumed";
        }
        return same.isEmpty()
                ? "learned from " + line.size() + " migration(s) of other guests; how fast this one writes is not known"
                : "learned from " + same.size() + " migration(s) of this guest";
    }

    /** What the hosts take for handing over, besides the last round. */
    private static Duration switching(MigrationRecord record) {
        Migrated.Transfer transfer = record.transfer().orElseThrow();
        double lastRound =
                transfer.bytesPerSecond() == 0 ? 0 : (double) transfer.lastRoundBytes() / transfer.bytesPerSecond();
        Duration rest = record.pause().orElse(ASSUMED_SWITCH).minusNanos((long) (lastRound * 1e9));
        return rest.isNegative() ? Duration.ZERO : rest;
    }

    /** Those with measurements, the newest first. */
    private List<MigrationRecord> newest(Predicate<MigrationRecord> wanted) {
        return records.stream()
                .filter(record -> record.transfer().isPresent())
                .filter(wanted)
                .sorted(Comparator.comparing(MigrationRecord::at).reversed())
                .limit(MEASUREMENTS)
                .toList();
    }
}
