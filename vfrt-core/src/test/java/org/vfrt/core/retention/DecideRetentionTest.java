package org.vfrt.core.retention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vfrt.core.checkpoint.CheckpointId;
import org.vfrt.core.checkpoint.Manifest;
import org.vfrt.core.checkpoint.Tag;
import org.vfrt.core.failure.BadInput;

final class DecideRetentionTest {

    private static final String NOW = "2027-01-10T12:00:00Z";

    /** Reads for example {@code last=2 daily=7 within=PT2H tag=a}. */
    private static KeepRules rules(String text) {
        int[] counts = new int[6];
        List<String> names = List.of("last", "hourly", "daily", "weekly", "monthly", "yearly");
        Optional<Duration> within = Optional.empty();
        List<Tag> tags = new ArrayList<>();
        for (String word : text.split(" ", -1)) {
            String value = word.substring(word.indexOf('=') + 1);
            if (word.startsWith("within=")) {
                within = Optional.of(Duration.parse(value));
            } else if (word.startsWith("tag=")) {
                tags.add(new Tag(value));
            } else if (!word.isEmpty()) {
                counts[names.indexOf(word.substring(0, word.indexOf('=')))] = Integer.parseInt(value);
            }
        }
        return new KeepRules(counts[0], within, counts[1], counts[2], counts[3], counts[4], counts[5], tags);
    }

    private static List<Verdict> decide(String rules, String zone, Set<CheckpointId> verified, Manifest... all) {
        return new DecideRetention(rules(rules), ZoneId.of(zone))
                .run(List.of(all), verified, Set.of(), Instant.parse(NOW));
    }

    /** Returns what stays, and why, as {@code TIME: REASON, REASON}. */
    private static List<String> stays(List<Verdict> verdicts) {
        return verdicts.stream()
                .filter(Verdict::stays)
                .map(verdict -> verdict.manifest().instant() + ": " + String.join(", ", verdict.reasons()))
                .toList();
    }

    private static Manifest[] at(String... times) {
        return Stream.of(times).map(KeptCheckpoint::at).toArray(Manifest[]::new);
    }

    @Test
    void theLastOnesStayInTheOrderOfWhatTheyShow() {
        assertThat(stays(decide(
                        "last=2",
                        "UTC",
                        Set.of(),
                        at("2027-01-03T00:00:00Z", "2027-01-01T00:00:00Z", "2027-01-02T00:00:00Z"))))
                .containsExactly("2027-01-02T00:00:00Z: last 2", "2027-01-03T00:00:00Z: newest, last 2");
    }

    @Test
    void ofEachDayThatHasAnyTheNewestStays() {
        assertThat(stays(decide(
                        "daily=3",
                        "UTC",
                        Set.of(),
                        at(
                                "2026-11-01T23:00:00Z",
                                "2026-11-20T08:00:00Z",
                                "2026-11-20T09:00:00Z",
                                "2026-11-24T00:00:00Z",
                                "2026-11-25T23:59:59Z"))))
                .containsExactly(
                        "2026-11-20T09:00:00Z: daily 2026-11-20",
                        "2026-11-24T00:00:00Z: daily 2026-11-24",
                        "2026-11-25T23:59:59Z: newest, daily 2026-11-25");
    }

    @Test
    void weeksAreIsoWeeksAlsoAroundNewYear() {
        assertThat(stays(decide(
                        "weekly=3 yearly=2",
                        "UTC",
                        Set.of(),
                        at(
                                "2026-12-27T10:00:00Z", // Sunday of week 52
                                "2026-12-28T10:00:00Z", // Monday of week 53
                                "2027-01-03T10:00:00Z", // Sunday of week 53 of the old year
                                "2027-01-04T10:00:00Z")))) // Monday of week 1
                .containsExactly(
                        "2026-12-27T10:00:00Z: weekly 2026-W52",
                        "2026-12-28T10:00:00Z: yearly 2026",
                        "2027-01-03T10:00:00Z: weekly 2026-W53",
                        "2027-01-04T10:00:00Z: newest, weekly 2027-W01, yearly 2027");
    }

    @Test
    void monthsAndYearsCountWhereTheyHaveOne() {
        assertThat(stays(decide(
                        "monthly=2 yearly=3",
                        "UTC",
                        Set.of(),
                        at(
                                "2023-05-01T00:00:00Z",
                                "2024-02-29T00:00:00Z",
                                "2026-03-01T00:00:00Z",
                                "2026-03-31T00:00:00Z"))))
                .containsExactly(
                        "2023-05-01T00:00:00Z: yearly 2023",
                        "2024-02-29T00:00:00Z: monthly 2024-02, yearly 2024",
                        "2026-03-31T00:00:00Z: newest, monthly 2026-03, yearly 2026");
    }

    @Test
    void whenClocksGoBackTheHourThatComesTwiceIsTwoHours() {
        assertThat(stays(decide(
                        "hourly=9",
                        "Europe/Berlin",
                        Set.of(),
                        at(
                                "2026-10-25T00:10:00Z",
                                "2026-10-25T00:50:00Z",
                                "2026-10-25T01:10:00Z",
                                "2026-10-25T02:10:00Z"))))
                .containsExactly(
                        "2026-10-25T00:50:00Z: hourly 2026-10-25T02:00+02:00",
                        "2026-10-25T01:10:00Z: hourly 2026-10-25T02:00+01:00",
                        "2026-10-25T02:10:00Z: newest, hourly 2026-10-25T03:00+01:00");
    }

    @ParameterizedTest
    @CsvSource({
        // 21:30 and 22:30 UTC lie on two days in Berlin's summer, and on one elsewhere
        "UTC, 1",
        "Europe/Berlin, 2",
        "America/New_York, 1",
        "Pacific/Kiritimati, 1",
    })
    void theDayIsThatOfTheTimeZone(String zone, int days) {
        List<String> kept =
                stays(decide("daily=9", zone, Set.of(), at("2026-10-23T21:30:00Z", "2026-10-23T22:30:00Z")));
        assertThat(kept).hasSize(days);
    }

    @Test
    void aDayOf25HoursIsOneDay() {
        assertThat(stays(decide(
                        "daily=9",
                        "Europe/Berlin",
                        Set.of(),
                        at("2026-10-24T22:00:00Z", "2026-10-25T12:00:00Z", "2026-10-25T22:59:59Z"))))
                .containsExactly("2026-10-25T22:59:59Z: newest, daily 2026-10-25");
    }

    @Test
    void withinCountsFromTheNewestAndNotFromNow() {
        assertThat(stays(decide(
                        "within=PT48H",
                        "UTC",
                        Set.of(),
                        at("2026-05-01T11:59:59Z", "2026-05-01T12:00:00Z", "2026-05-03T12:00:00Z"))))
                .containsExactly("2026-05-01T12:00:00Z: within 48h", "2026-05-03T12:00:00Z: newest, within 48h");
    }

    @Test
    void whatCarriesATagStaysWithEveryReason() {
        assertThat(stays(decide(
                        "tag=before-upgrade tag=gold last=1",
                        "UTC",
                        Set.of(),
                        KeptCheckpoint.at("2026-05-01T00:00:00Z", "gold", "before-upgrade", "other"),
                        KeptCheckpoint.at("2026-05-02T00:00:00Z", "other"),
                        KeptCheckpoint.at("2026-05-03T00:00:00Z"))))
                .containsExactly(
                        "2026-05-01T00:00:00Z: tag 'before-upgrade', tag 'gold'",
                        "2026-05-03T00:00:00Z: newest, last 1");
    }

    @Test
    void theLastVerifiedOneStaysHoweverOldItIs() {
        Manifest oldest = KeptCheckpoint.at("2025-05-01T00:00:00Z");
        Manifest old = KeptCheckpoint.at("2025-05-02T00:00:00Z");
        Manifest middle = KeptCheckpoint.at("2026-05-02T00:00:00Z");
        Manifest newest = KeptCheckpoint.at("2026-05-03T00:00:00Z");
        assertThat(stays(decide("last=1", "UTC", Set.of(oldest.id(), old.id()), middle, newest, oldest, old)))
                .containsExactly("2025-05-02T00:00:00Z: last verified one", "2026-05-03T00:00:00Z: newest, last 1");
    }

    @Test
    void aCheckpointFromTheFutureStaysAndTakesNobodysPlace() {
        Manifest verified = KeptCheckpoint.at("2026-05-02T00:00:00Z");
        Manifest future = KeptCheckpoint.at("2036-01-01T00:00:00Z");
        assertThat(stays(decide(
                        "last=1 within=PT1H yearly=1",
                        "UTC",
                        Set.of(verified.id(), future.id()),
                        KeptCheckpoint.at("2026-05-01T00:00:00Z"),
                        verified,
                        KeptCheckpoint.at("2026-05-03T00:00:00Z"),
                        future)))
                .containsExactly(
                        "2026-05-02T00:00:00Z: last verified one",
                        "2026-05-03T00:00:00Z: newest, last 1, within 1h, yearly 2026",
                        "2036-01-01T00:00:00Z: taken later than now");
    }

    @Test
    void withATagAloneThatNobodyCarriesTheNewestStays() {
        assertThat(stays(decide("tag=gold", "UTC", Set.of(), at("2026-05-01T00:00:00Z", "2026-05-03T00:00:00Z"))))
                .containsExactly("2026-05-03T00:00:00Z: newest");
        assertThat(decide("tag=gold", "UTC", Set.of())).isEmpty();
    }

    @Test
    void damagedOnesTakeNoOthersPlaceAndGoWhenTheyWouldHaveGone() {
        Manifest[] all =
                at("2026-05-01T00:00:00Z", "2026-05-02T00:00:00Z", "2026-05-03T00:00:00Z", "2026-05-04T00:00:00Z");
        Set<CheckpointId> damaged = Set.of(all[3].id(), all[1].id());
        assertThat(stays(new DecideRetention(rules("last=2"), ZoneId.of("UTC"))
                        .run(List.of(all), Set.of(), damaged, Instant.parse(NOW))))
                .containsExactly(
                        "2026-05-01T00:00:00Z: last 2",
                        "2026-05-03T00:00:00Z: newest, last 2",
                        "2026-05-04T00:00:00Z: damaged, counts for none, newest, last 2");
    }

    @Test
    void rulesThatKeepNothingAreRefused() {
        assertThatThrownBy(() -> rules(""))
                .isInstanceOfSatisfying(
                        BadInput.class, refused -> assertThat(refused.code()).isEqualTo("keeps-nothing"));
        assertThatThrownBy(() -> rules("last=0")).isInstanceOf(BadInput.class);
        assertThatThrownBy(() -> rules("last=-1 daily=3"))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("-1");
        assertThatThrownBy(() -> rules("within=PT0S")).isInstanceOf(BadInput.class);
    }

    @Test
    void checkpointsOfTwoGuestsAreNotMixed() {
        Manifest other = KeptCheckpoint.of("db", Instant.parse("2026-05-01T00:00:00Z"), "0".repeat(64));
        assertThatThrownBy(() -> decide("last=1", "UTC", Set.of(), KeptCheckpoint.at("2026-05-01T00:00:00Z"), other))
                .isInstanceOf(IllegalArgumentException.class);
    }

    /** Random guests and rules, the seed being the number of the repetition. */
    @RepeatedTest(300)
    void whateverTheRulesAreTheyNeverBreakTheseRules(RepetitionInfo repetition) {
        SplittableRandom random = new SplittableRandom(repetition.getCurrentRepetition());
        ZoneId zone = ZoneId.of(List.of("UTC", "Europe/Berlin", "Australia/Lord_Howe", "America/Havana")
                .get(random.nextInt(4)));
        Instant now = Instant.parse("2026-11-25T00:00:00Z");
        List<Manifest> all = new ArrayList<>();
        Set<CheckpointId> verified = new HashSet<>();
        Set<CheckpointId> damaged = new HashSet<>();
        long spread = Duration.ofDays(1L << random.nextInt(11)).toSeconds();
        for (int i = random.nextInt(40); i >= 0; i--) {
            Instant instant = now.minusSeconds(random.nextLong(spread)).plusNanos(i);
            String[] tags = random.nextInt(4) == 0 ? new String[] {"gold"} : new String[0];
            all.add(KeptCheckpoint.of("web1", instant, "0".repeat(64), tags));
            if (random.nextInt(5) == 0) {
                verified.add(all.get(all.size() - 1).id());
            } else if (random.nextInt(5) == 0) {
                damaged.add(all.get(all.size() - 1).id());
            }
        }
        KeepRules few = rules(random, 0);
        KeepRules more = rules(random, 1, few);

        List<Verdict> verdicts = new DecideRetention(few, zone).run(all, verified, damaged, now);
        Set<CheckpointId> kept = kept(verdicts);
        assertThat(verdicts)
                .extracting(verdict -> verdict.manifest().id())
                .doesNotHaveDuplicates()
                .hasSize(all.size());
        assertThat(kept).isNotEmpty();
        all.stream()
                .filter(manifest -> verified.contains(manifest.id()))
                .reduce((a, b) -> a.instant().isAfter(b.instant()) ? a : b)
                .ifPresent(last -> assertThat(kept).contains(last.id()));
        assertThat(kept(new DecideRetention(more, zone).run(all, verified, damaged, now)))
                .containsAll(kept);
        // That some are damaged never costs one that is not.
        assertThat(kept)
                .containsAll(kept(new DecideRetention(few, zone).run(all, verified, Set.of(), now)))
                .containsAll(kept(new DecideRetention(few, zone)
                        .run(
                                all.stream()
                                        .filter(manifest -> !damaged.contains(manifest.id()))
                                        .toList(),
                                verified,
                                Set.of(),
                                now)));

        // What stays stays when it is asked again: pruning twice removes nothing more.
        List<Manifest> rest =
                all.stream().filter(manifest -> kept.contains(manifest.id())).toList();
        assertThat(kept(new DecideRetention(few, zone).run(rest, verified, damaged, now)))
                .isEqualTo(kept);
    }

    private static Set<CheckpointId> kept(List<Verdict> verdicts) {
        return verdicts.stream()
                .filter(Verdict::stays)
                .map(verdict -> verdict.manifest().id())
                .collect(Collectors.toSet());
    }

    private static KeepRules rules(SplittableRandom random, int least) {
        return new KeepRules(
                random.nextInt(4) + 1 - least,
                random.nextBoolean() ? Optional.of(Duration.ofHours(1 + random.nextInt(200))) : Optional.empty(),
                random.nextInt(5),
                random.nextInt(5),
                random.nextInt(5),
                random.nextInt(5),
                random.nextInt(5),
                random.nextBoolean() ? List.of(new Tag("gold")) : List.of());
    }

    /** Returns rules that keep whatever the others keep. */
    private static KeepRules rules(SplittableRandom random, int least, KeepRules others) {
        KeepRules added = rules(random, least);
        return new KeepRules(
                others.last() + added.last(),
                others.within().map(span -> span.plusHours(random.nextInt(9))).or(added::within),
                others.hourly() + added.hourly(),
                others.daily() + added.daily(),
                others.weekly() + added.weekly(),
                others.monthly() + added.monthly(),
                others.yearly() + added.yearly(),
                Stream.concat(others.tags().stream(), added.tags().stream()).toList());
    }
}
