package org.vfrt.core.retention;

import java.time.Duration;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.time.temporal.IsoFields;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.vfrt.core.checkpoint.CheckpointId;
import org.vfrt.core.checkpoint.FindCheckpoint;
import org.vfrt.core.checkpoint.Manifest;

/**
 * Decides which checkpoints of one guest stay. Removes nothing, and asks nobody.
 *
 * <p>Whatever the rules say, two stay: the newest one, so that no rules leave a guest without any, and the newest that was ever
 * verified (rule 2). What was taken later than now, by a clock that was wrong, stays too and counts for nothing: it would stand
 * for the newest for years. So more rules never remove more.
 *
 * <p>One that was found damaged takes no other's place. It stays as long as the rules would keep it if it were whole: what reads wrong
 * today may be read right from a mended disk.
 */
public final class DecideRetention {

    private static final DateTimeFormatter HOUR = DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mmXXX", Locale.ROOT);

    private final KeepRules rules;
    private final ZoneId zone;

    /** @param zone whose hours, days, weeks, months and years count */
    public DecideRetention(KeepRules rules, ZoneId zone) {
        this.rules = rules;
        this.zone = zone;
    }

    /**
     * Decides.
     *
     * @param checkpoints all complete ones of one guest, in any order
     * @param verified which of them were found whole
     * @param damaged which of them were found damaged
     * @return a verdict for each, oldest first
     */
    public List<Verdict> run(
            List<Manifest> checkpoints, Set<CheckpointId> verified, Set<CheckpointId> damaged, Instant now) {
        if (checkpoints.stream().map(Manifest::guestUuid).distinct().count() > 1) {
            throw new IllegalArgumentException("checkpoints of several guests");
        }
        Map<CheckpointId, Verdict> whole = new LinkedHashMap<>();
        decide(without(checkpoints, damaged), verified, now)
                .forEach(verdict -> whole.put(verdict.manifest().id(), verdict));
        return decide(checkpoints, verified, now).stream()
                .map(verdict -> whole.getOrDefault(verdict.manifest().id(), damaged(verdict)))
                .toList();
    }

    private static List<Manifest> without(List<Manifest> checkpoints, Set<CheckpointId> damaged) {
        return checkpoints.stream()
                .filter(manifest -> !damaged.contains(manifest.id()))
                .toList();
    }

    private static Verdict damaged(Verdict verdict) {
        return verdict.stays()
                ? new Verdict(
                        verdict.manifest(),
                        Stream.concat(Stream.of("damaged, counts for none"), verdict.reasons().stream())
                                .toList())
                : verdict;
    }

    private List<Verdict> decide(List<Manifest> checkpoints, Set<CheckpointId> verified, Instant now) {
        List<Manifest> newestFirst = checkpoints.stream()
                .sorted(FindCheckpoint.OLDEST_FIRST.reversed())
                .toList();
        List<Manifest> counted = newestFirst.stream()
                .filter(manifest -> !manifest.instant().isAfter(now))
                .toList();
        Map<CheckpointId, List<String>> reasons = new LinkedHashMap<>();
        newestFirst.forEach(manifest -> reasons.put(manifest.id(), new ArrayList<>()));
        newestFirst.stream()
                .filter(manifest -> manifest.instant().isAfter(now))
                .forEach(manifest -> because(reasons, manifest, "taken later than now"));
        counted.stream().limit(1).forEach(manifest -> because(reasons, manifest, "newest"));
        counted.stream().limit(rules.last()).forEach(manifest -> because(reasons, manifest, "last " + rules.last()));
        within(counted, reasons);
        periods(counted, reasons, rules.hourly(), "hourly ", this::hour);
        periods(
                counted,
                reasons,
                rules.daily(),
                "daily ",
                time -> time.toLocalDate().toString());
        periods(counted, reasons, rules.weekly(), "weekly ", DecideRetention::week);
        periods(
                counted,
                reasons,
                rules.monthly(),
                "monthly ",
                time -> YearMonth.from(time).toString());
        periods(counted, reasons, rules.yearly(), "yearly ", time -> String.valueOf(time.getYear()));
        for (Manifest manifest : newestFirst) {
            rules.tags().stream()
                    .filter(manifest.tags()::contains)
                    .forEach(tag -> because(reasons, manifest, "tag '" + tag + "'"));
        }
        counted.stream()
                .filter(manifest -> verified.contains(manifest.id()))
                .limit(1)
                .forEach(manifest -> because(reasons, manifest, "last verified one"));
        List<Manifest> oldestFirst = new ArrayList<>(newestFirst);
        Collections.reverse(oldestFirst);
        return oldestFirst.stream()
                .map(manifest -> new Verdict(manifest, reasons.getOrDefault(manifest.id(), List.of())))
                .toList();
    }

    private void within(List<Manifest> counted, Map<CheckpointId, List<String>> reasons) {
        if (rules.within().isEmpty() || counted.isEmpty()) {
            return;
        }
        // Before the newest one and not before now: of a guest that has been off for a month, the last days stay all
        // the same.
        Duration span = rules.within().get();
        Instant oldest = counted.get(0).instant().minus(span);
        counted.stream()
                .filter(manifest -> !manifest.instant().isBefore(oldest))
                .forEach(manifest -> because(
                        reasons,
                        manifest,
                        "within " + span.toString().substring(2).toLowerCase(Locale.ROOT)));
    }

    /** Keeps the newest of each of the last periods that have one; periods without any are not counted. */
    private void periods(
            List<Manifest> counted,
            Map<CheckpointId, List<String>> reasons,
            int count,
            String word,
            Function<ZonedDateTime, String> period) {
        // All that were seen, not the one before alone: where clocks go back over midnight, a day comes twice.
        Set<String> seen = new HashSet<>();
        for (Manifest manifest : counted) {
            String name = period.apply(manifest.instant().atZone(zone));
            if (seen.size() < count && seen.add(name)) {
                because(reasons, manifest, word + name);
            }
        }
    }

    /** With its distance from UTC: when clocks go back, the same hour of the day comes twice, and is two hours. */
    private String hour(ZonedDateTime time) {
        return HOUR.format(time.truncatedTo(ChronoUnit.HOURS));
    }

    private static String week(ZonedDateTime time) {
        int week = time.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR);
        return time.get(IsoFields.WEEK_BASED_YEAR) + "-W" + (week < 10 ? "0" : "") + week;
    }

    private static void because(Map<CheckpointId, List<String>> reasons, Manifest manifest, String reason) {
        List<String> known = reasons.get(manifest.id());
        if (known != null) {
            known.add(reason);
        }
    }
}
