package org.vfrt.core.migrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.vfrt.core.placement.SmallPools.guest;
import static org.vfrt.core.placement.SmallPools.hosts;
import static org.vfrt.core.placement.SmallPools.pool;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.vfrt.core.failure.Busy;
import org.vfrt.core.failure.NotFound;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.failure.Temporary;
import org.vfrt.core.placement.Guards;
import org.vfrt.core.placement.GuestLoad;
import org.vfrt.core.placement.HostLoad;
import org.vfrt.core.placement.LearnedFrom;
import org.vfrt.core.placement.Move;
import org.vfrt.core.placement.PlannedMove;
import org.vfrt.core.placement.PoolLoad;
import org.vfrt.core.placement.Rejection;
import org.vfrt.core.placement.Rule;

class PlanMigrationsTest {

    private static final Instant NOW = Instant.parse("2026-11-28T12:00:00Z");
    private static final Guards QUICK = new Guards(10, 0.5, 0.02, 10, 1, 2, 5_000, Duration.ofSeconds(30));

    private MigrationHistory history = MigrationHistory.NONE;
    private Road road = Road.CLEAR;

    private PlanMigrations.Outcome balance(PoolLoad pool) {
        return plan(pool, new PlanMigrations.Task(Optional.empty(), QUICK, false));
    }

    private PlanMigrations.Outcome evacuate(PoolLoad pool, String host) {
        return plan(pool, new PlanMigrations.Task(Optional.of(host), QUICK, true));
    }

    private PlanMigrations.Outcome plan(PoolLoad pool, PlanMigrations.Task task) {
        return new PlanMigrations(history, Clock.fixed(NOW, ZoneOffset.UTC)).run(pool, task, road);
    }

    /** The guest was moved, and wrote to its memory at a rate, on a line of 100 MB/s. */
    private void moved(String guest, Duration ago, long dirtyBytesPerSecond) {
        history = history.with(new MigrationRecord(
                NOW.minus(ago),
                guest(guest, 0, 4).uuid(),
                "host1",
                "host0",
                4L << 30,
                Duration.ofSeconds(50),
                Optional.of(Duration.ofMillis(300)),
                Optional.of(new Migrated.Transfer(5L << 30, 1 << 20, 100_000_000, dirtyBytesPerSecond, 1L << 30))));
    }

    private static PoolLoad uneven() {
        return pool(3, IntStream.range(0, 6).mapToObj(i -> guest("g" + i, 0, 4)));
    }

    @Test
    void anUnevenPoolIsEvenedOut() {
        PlanMigrations.Outcome outcome = balance(uneven());

        assertThat(outcome.idle()).isEmpty();
        assertThat(outcome.document().moves()).hasSize(4);
        assertThat(outcome.document().plan().after())
                .isLessThan(outcome.document().plan().before());
        assertThat(outcome.document().emptied()).isEmpty();
    }

    /** One guest of the rule on each host: whichever is emptied, its guest has no place. */
    @Test
    void aHostIsNotEmptiedWhereARuleKeepsItsGuestsFromEveryOther() {
        SplittableRandom random = new SplittableRandom(20261130);
        for (int round = 0; round < 60; round++) {
            int hosts = 3 + random.nextInt(3);
            List<GuestLoad> guests = new ArrayList<>();
            Set<String> apart = new TreeSet<>();
            for (int host = 0; host < hosts; host++) {
                guests.add(guest("web" + host, host, 1 + random.nextInt(4)));
                apart.add("web" + host);
                for (int i = random.nextInt(3); i > 0; i--) {
                    guests.add(guest("g" + guests.size(), host, 1 + random.nextInt(5)));
                }
            }
            PoolLoad pool = new PoolLoad(
                    hosts(hosts), guests, List.of(new Rule("web apart", Rule.Kind.APART, true, apart, Set.of())));
            String host = "host" + random.nextInt(hosts);
            assertThatExceptionOfType(Refused.class)
                    .as("%s of %s", host, guests)
                    .isThrownBy(() -> evacuate(pool, host))
                    .satisfies(refused -> assertThat(refused.reasons())
                            .extracting(Reason::text)
                            .anyMatch(text -> text.contains("'web" + host.substring(4) + "'")));
        }
    }

    @Test
    void wherePoolsDoNotAnswerNothingIsSaidToBeEven() {
        PoolLoad silent = uneven().with("host0", HostLoad.State.UNKNOWN)
                .with("host1", HostLoad.State.UNKNOWN)
                .with("host2", HostLoad.State.UNKNOWN);
        assertThatExceptionOfType(Temporary.class).isThrownBy(() -> balance(silent));
    }

    @Test
    void aPoolThatIsEvenEnoughIsLeftAloneAndTheIndexIsSaid() {
        PlanMigrations.Outcome outcome =
                balance(pool(3, Stream.of(guest("a", 0, 4), guest("b", 1, 4), guest("c", 2, 5))));

        assertThat(outcome.document().moves()).isEmpty();
        assertThat(outcome.idle()).hasValueSatisfying(idle -> {
            assertThat(idle.code()).isEqualTo("even-enough");
            assertThat(idle.text())
                    .matches("nothing to do: the index is \\d\\.\\d, and up to 10\\.0 the pool is even enough");
        });
    }

    @Test
    void whereNoMoveIsWorthItThatIsSaid() {
        PlanMigrations.Outcome outcome = balance(pool(2, Stream.of(guest("a", 0, 16))));

        assertThat(outcome.document().moves()).isEmpty();
        assertThat(outcome.idle()).map(Reason::code).contains("no-gain");
    }

    @Test
    void aGuestThatWasMovedLatelyStaysAndOthersGo() {
        moved("g1", Duration.ofMinutes(29), 0);

        PlanMigrations.Outcome outcome = balance(uneven());

        assertThat(outcome.document().moves())
                .hasSize(4)
                .noneMatch(move -> move.move().guest().equals("g1"));
        assertThat(outcome.held()).singleElement().satisfies(held -> {
            assertThat(held.guest()).isEqualTo("g1");
            assertThat(held.why().code()).isEqualTo("cooldown");
            assertThat(held.why().text()).isEqualTo("it was moved 29 min ago: it stays for 30 min");
        });
    }

    @Test
    void aGuestThatWasMovedLongAgoMayGoAgain() {
        moved("g1", Duration.ofMinutes(31), 0);

        assertThat(balance(uneven()).held()).isEmpty();
    }

    @Test
    void noGuestGoesBackToTheHostItLeftWithinEightHours() {
        for (int i = 0; i < 6; i++) {
            moved("g" + i, Duration.ofMinutes(100 + 60 * i), 0);
        }

        PlanMigrations.Outcome outcome = plan(uneven(), new PlanMigrations.Task(Optional.empty(), QUICK, true));

        assertThat(outcome.document().moves()).isNotEmpty().allSatisfy(move -> {
            assertThat(move.move().to()).isEqualTo("host2");
            assertThat(move.candidates()).singleElement().satisfies(candidate -> {
                assertThat(candidate.host()).isEqualTo("host1");
                assertThat(candidate.rejections()).singleElement().satisfies(rejection -> {
                    assertThat(rejection.code()).isEqualTo(Rejection.Code.LEFT_LATELY);
                    assertThat(rejection.text()).matches("it left 'host1' \\d+ min ago: it does not go back for 8 h");
                });
            });
        });
        assertThat(outcome.held()).isEmpty();
    }

    @Test
    void whereGuestsCouldOnlyGoBackThatIsSaid() {
        for (int i = 0; i < 6; i++) {
            moved("g" + i, Duration.ofMinutes(31), 0);
        }

        PlanMigrations.Outcome outcome = balance(pool(2, uneven().guests().stream()));

        assertThat(outcome.document().moves()).isEmpty();
        assertThat(outcome.idle()).hasValueSatisfying(idle -> {
            assertThat(idle.code()).isEqualTo("held-back");
            assertThat(idle.text()).endsWith("or back to hosts that guests left lately");
        });
        assertThat(outcome.held()).hasSize(6).allMatch(held -> held.why().code().equals("left-lately"));
    }

    @Test
    void afterEightHoursAGuestMayGoBack() {
        for (int i = 0; i < 6; i++) {
            moved("g" + i, Duration.ofHours(8), 0);
        }

        assertThat(balance(pool(2, uneven().guests().stream())).document().moves())
                .hasSize(3);
    }

    @Test
    void aRuleSendsAGuestBackHoweverLatelyItLeft() {
        moved("a", Duration.ofMinutes(40), 0);
        PoolLoad pool = new PoolLoad(
                hosts(3),
                List.of(guest("a", 0, 4), guest("b", 2, 4)),
                List.of(new Rule("there", Rule.Kind.ON, true, Set.of("a"), Set.of("host1"))));

        assertThat(balance(pool).document().moves())
                .singleElement()
                .satisfies(move -> assertThat(move.move().to()).isEqualTo("host1"));
    }

    @Test
    void aHostThatIsEmptiedSendsGuestsBackToWhereTheyCameFrom() {
        for (int i = 0; i < 6; i++) {
            moved("g" + i, Duration.ofMinutes(40), 0);
        }

        PlanMigrations.Outcome outcome = evacuate(pool(2, uneven().guests().stream()), "host0");

        assertThat(outcome.document().moves())
                .hasSize(6)
                .allMatch(move -> move.move().to().equals("host1"));
    }

    @Test
    void aGuestThatIsMovedAgainAndAgainStaysEachTimeForLonger() {
        moved("g1", Duration.ofHours(3), 0);
        moved("g1", Duration.ofHours(2), 0);
        moved("g1", Duration.ofMinutes(119), 0);

        assertThat(balance(uneven()).held())
                .singleElement()
                .satisfies(held -> assertThat(held.why().text())
                        .isEqualTo("it was moved 119 min ago, 3 times within 8 h: it stays for 120 min"));
    }

    @Test
    void whereAllThatCouldGoStaysThatIsSaid() {
        for (int i = 0; i < 6; i++) {
            moved("g" + i, Duration.ofMinutes(5), 0);
        }

        PlanMigrations.Outcome outcome = balance(uneven());

        assertThat(outcome.document().moves()).isEmpty();
        assertThat(outcome.idle()).map(Reason::code).contains("held-back");
        assertThat(outcome.held()).hasSize(6);
    }

    @Test
    void aGuestThatWritesAsFastAsItCanBeSentIsNotMovedForBalance() {
        moved("g1", Duration.ofDays(2), 95_000_000);

        PlanMigrations.Outcome outcome = balance(uneven());

        assertThat(outcome.document().moves())
                .noneMatch(move -> move.move().guest().equals("g1"));
        assertThat(outcome.held()).singleElement().satisfies(held -> {
            assertThat(held.why().code()).isEqualTo("dirty-rate");
            assertThat(held.why().text()).contains("95 %");
        });
    }

    @Test
    void aGuestThatBreaksARuleGoesHoweverLatelyItCame() {
        moved("a", Duration.ofMinutes(1), 95_000_000);
        PoolLoad pool = new PoolLoad(
                hosts(3),
                List.of(guest("a", 0, 4), guest("b", 1, 4)),
                List.of(new Rule("not here", Rule.Kind.NOT_ON, true, Set.of("a"), Set.of("host0"))));

        PlanMigrations.Outcome outcome = balance(pool);

        assertThat(outcome.document().moves())
                .singleElement()
                .satisfies(move -> assertThat(move.move().guest()).isEqualTo("a"));
    }

    @Test
    void whenAHostIsEmptiedEveryGuestGoes() {
        for (int i = 0; i < 6; i++) {
            moved("g" + i, Duration.ofMinutes(1), 95_000_000);
        }

        PlanMigrations.Outcome outcome = evacuate(uneven(), "host0");

        assertThat(outcome.document().moves())
                .extracting(move -> move.move().guest())
                .containsExactlyInAnyOrder("g0", "g1", "g2", "g3", "g4", "g5");
        assertThat(outcome.document().emptied()).contains("host0");
        assertThat(outcome.held()).isEmpty();
        PlannedMove first = outcome.document().moves().get(0);
        assertThat(first.predictedPause()).isGreaterThan(Duration.ofSeconds(5));
        assertThat(first.candidates()).hasSize(1);
    }

    @Test
    void aHostIsNotEmptiedWhenGuestsFitNowhereAndAllOfThemAreNamed() {
        GuestLoad pv = guest("pv", 0, 1).staying(new GuestLoad.Bound(Rejection.Code.PV_GUEST, "it is a PV guest"));
        PoolLoad pool =
                pool(3, Stream.of(guest("big", 0, 30), guest("small", 0, 2), pv, guest("x", 1, 14), guest("y", 2, 20)));

        assertThatExceptionOfType(Refused.class)
                .isThrownBy(() -> evacuate(pool, "host0"))
                .withMessage("host 'host0' is not emptied: 2 of its 3 guest(s) cannot go elsewhere")
                .satisfies(refused -> assertThat(refused.reasons())
                        .extracting(Reason::text)
                        .satisfiesExactlyInAnyOrder(
                                text -> assertThat(text)
                                        .startsWith("guest 'big': 'host1' needs 30,720 MiB, free ")
                                        .contains(" (memory); 'host2' needs 30,720 MiB, free "),
                                text -> assertThat(text).isEqualTo("guest 'pv': it is a PV guest (pv-guest)")));
    }

    @Test
    void whatIsWrongOnOtherHostsIsNotMendedWhenAHostIsEmptied() {
        PoolLoad pool = new PoolLoad(
                hosts(3),
                List.of(guest("g", 0, 4), guest("db1", 1, 4), guest("db2", 1, 4)),
                List.of(new Rule("databases", Rule.Kind.APART, true, Set.of("db1", "db2"), Set.of())));

        PlanMigrations.Outcome outcome = evacuate(pool, "host0");

        assertThat(outcome.document().moves())
                .singleElement()
                .satisfies(move -> assertThat(move.move().guest()).isEqualTo("g"));
        assertThat(outcome.notes())
                .contains(
                        "on other hosts rules are broken or limits exceeded, which a host that is emptied does not mend:"
                                + " see 'vfrt migrate pool'");
        assertThat(evacuate(pool, "host2").idle()).map(Reason::code).contains("host-empty");
    }

    @Test
    void aGuestOfAnotherHostThatMakesRoomIsSaidToDoSo() {
        PlanMigrations.Outcome outcome = evacuate(
                pool(3, Stream.of(guest("big", 0, 20), guest("small", 1, 8), guest("x", 1, 12), guest("y", 2, 22))),
                "host0");

        assertThat(outcome.document().moves())
                .extracting(move -> move.move().guest() + ": " + move.reason())
                .containsExactly("small: makes room for a guest that must go", "big: host 'host0' is to be empty");
    }

    @Test
    void aHostWithoutGuestsIsEmptyAlready() {
        assertThat(evacuate(uneven(), "host2").idle()).map(Reason::code).contains("host-empty");
    }

    @Test
    void aHostThatIsNotThereOrDoesNotAnswerIsNotEmptied() {
        assertThatExceptionOfType(NotFound.class).isThrownBy(() -> evacuate(uneven(), "host7"));
        assertThatExceptionOfType(Temporary.class)
                .isThrownBy(() -> evacuate(uneven().with("host0", HostLoad.State.UNKNOWN), "host0"));
    }

    private static final Reason IN_JOB = new Reason("guest-in-job", "libvirt has a job open on the guest", "Wait.");
    private static final Reason OTHER_DISK = new Reason("disk-not-shared", "'/dev/vg/x' is another disk", "Look.");

    /** In the way of some moves is a reason, wherever the guest would go or only to that host. */
    private static Road blocking(Predicate<Move> some, boolean wherever, Reason reason) {
        return moves -> moves.stream()
                .filter(some)
                .map(move -> new Road.Obstacle(move, wherever, List.of(reason)))
                .toList();
    }

    private static Predicate<Move> of(String... guests) {
        return move -> List.of(guests).contains(move.guest());
    }

    private static Predicate<Move> to(String host) {
        return move -> move.to().equals(host);
    }

    @Test
    void whatWasAssumedIsToldFromWhatWasLearned() {
        assertThat(evacuate(uneven(), "host0").document().moves())
                .allMatch(move -> move.learnedFrom() == LearnedFrom.NOTHING);

        moved("g1", Duration.ofHours(9), 0);

        assertThat(evacuate(uneven(), "host0").document().moves())
                .allMatch(move -> move.learnedFrom()
                        == (move.move().guest().equals("g1") ? LearnedFrom.THIS_GUEST : LearnedFrom.OTHER_GUESTS));
    }

    @Test
    void aHostIsEmptiedAroundWhatIsInTheWayOfItsGuests() {
        road = blocking(of("g1").and(to("host1")), false, OTHER_DISK);
        Road other = blocking(of("g1").and(to("host2")), false, OTHER_DISK);

        assertThat(evacuate(uneven(), "host0").document().moves())
                .filteredOn(move -> move.move().guest().equals("g1"))
                .singleElement()
                .satisfies(move -> assertThat(move.move().to()).isEqualTo("host2"));
        road = other;
        assertThat(evacuate(uneven(), "host0").document().moves())
                .filteredOn(move -> move.move().guest().equals("g1"))
                .singleElement()
                .satisfies(move -> assertThat(move.move().to()).isEqualTo("host1"));
    }

    @Test
    void everyGuestThatCannotGoIsNamedBeforeAHostIsEmptied() {
        Road job = blocking(of("g1", "g4"), true, IN_JOB);
        Road disk = blocking(of("g2"), false, OTHER_DISK);
        road = moves -> Stream.concat(job.obstacles(moves).stream(), disk.obstacles(moves).stream())
                .toList();

        assertThatExceptionOfType(Refused.class)
                .isThrownBy(() -> evacuate(uneven(), "host0"))
                .withMessage("host 'host0' is not emptied: 3 of its 6 guest(s) cannot go elsewhere")
                .satisfies(refused -> assertThat(refused.reasons())
                        .containsExactlyInAnyOrder(
                                new Reason("guest-in-job", "guest 'g1': libvirt has a job open on the guest", "Wait."),
                                new Reason("guest-in-job", "guest 'g4': libvirt has a job open on the guest", "Wait."),
                                new Reason("no-host-fits", "guest 'g2': '/dev/vg/x' is another disk", "Look.")));
    }

    @Test
    void whatAGuestLacksOnEachHostIsSaidWithWhatWasInItsWay() {
        PoolLoad pool = pool(3, Stream.of(guest("a", 0, 8), guest("big", 1, 30)));
        road = blocking(to("host2"), false, OTHER_DISK);

        assertThatExceptionOfType(Refused.class)
                .isThrownBy(() -> evacuate(pool, "host0"))
                .satisfies(refused -> assertThat(refused.reasons())
                        .containsExactly(new Reason(
                                "no-host-fits",
                                "guest 'a': 'host1' needs 8,192 MiB, free 2,048 MiB of 32,768 MiB (memory);"
                                        + " 'host2': '/dev/vg/x' is another disk (obstacle)",
                                "Look.")));
    }

    @Test
    void aHostWhoseGuestsAreOnlyHeldByOthersIsBusy() {
        road = blocking(
                of("g1", "g2"), true, new Reason("guest-busy", "it is held by 'checkpoint create'", "Wait for it."));

        assertThatExceptionOfType(Busy.class)
                .isThrownBy(() -> evacuate(uneven(), "host0"))
                .satisfies(busy -> assertThat(busy.reasons()).hasSize(2));
    }

    @Test
    void guestsThatBelongTogetherStayTogetherWhereOneOfThemCannotGo() {
        PoolLoad pool = new PoolLoad(
                hosts(3),
                uneven().guests(),
                List.of(new Rule("pair", Rule.Kind.TOGETHER, true, Set.of("g1", "g2"), Set.of())));
        road = blocking(of("g1"), true, IN_JOB);

        assertThatExceptionOfType(Refused.class)
                .isThrownBy(() -> evacuate(pool, "host0"))
                .satisfies(refused -> assertThat(refused.reasons())
                        .extracting(Reason::text)
                        .containsExactlyInAnyOrder(
                                "guest 'g1': libvirt has a job open on the guest",
                                "guest 'g2' goes with others: guest 'g1': libvirt has a job open on the guest"));
        assertThat(balance(pool).document().moves())
                .isNotEmpty()
                .noneMatch(move -> Set.of("g1", "g2").contains(move.move().guest()));
    }

    @Test
    void aPoolIsEvenedOutWithTheGuestsThatCanGo() {
        road = blocking(of("g0", "g1"), true, IN_JOB);

        PlanMigrations.Outcome outcome = balance(uneven());

        assertThat(outcome.document().moves())
                .isNotEmpty()
                .noneMatch(move -> Set.of("g0", "g1").contains(move.move().guest()));
        assertThat(outcome.held())
                .isNotEmpty()
                .allSatisfy(held -> assertThat(held.why().code()).isEqualTo("guest-in-job"));
        assertThat(outcome.notes()).anyMatch(note -> note.startsWith("something is in the way of "));
    }

    @Test
    void whereNoGuestCanGoThePoolIsHeldBack() {
        road = blocking(move -> true, false, OTHER_DISK);

        PlanMigrations.Outcome outcome = balance(uneven());

        assertThat(outcome.document().moves()).isEmpty();
        assertThat(outcome.idle()).map(Reason::code).contains("held-back");
        assertThat(outcome.held()).extracting(PlanMigrations.Held::guest).contains("g0", "g1", "g2", "g3", "g4", "g5");
    }

    @Test
    void wherePlanningAroundHasNoEndThePoolIsHeldBack() {
        road = blocking(move -> true, true, IN_JOB);

        PlanMigrations.Outcome outcome = plan(
                pool(3, IntStream.range(0, 60).mapToObj(i -> guest("g" + i, i % 2, 1))),
                new PlanMigrations.Task(
                        Optional.empty(), new Guards(10, 0.5, 0.02, 1, 1, 2, 5_000, Duration.ofSeconds(30)), false));

        assertThat(outcome.document().moves()).isEmpty();
        assertThat(outcome.idle()).map(Reason::code).contains("held-back");
    }

    @Test
    void aBrokenRuleIsSaidToStayBrokenWhateverIsAllowed() {
        road = blocking(move -> true, true, IN_JOB);
        PoolLoad pool = uneven();
        PoolLoad ruled = new PoolLoad(
                pool.hosts(),
                pool.guests(),
                List.of(new Rule("not there", Rule.Kind.NOT_ON, true, Set.of("g0"), Set.of("host0"))));

        PlanMigrations.Outcome outcome = balance(ruled);

        assertThat(outcome.idle()).map(Reason::code).contains("rules-stay-broken");
        assertThat(outcome.idle())
                .map(Reason::hint)
                .hasValueSatisfying(hint -> assertThat(hint).doesNotContain("--max-moves"));
    }

    /** Whatever is in the way, no plan has a move that would be refused, and none is asked about twice. */
    @Test
    void noPlanHasAMoveThatWouldBeRefused() {
        SplittableRandom random = new SplittableRandom(20261130);
        for (int round = 0; round < 100; round++) {
            int salt = random.nextInt();
            Predicate<Move> some = move -> Math.floorMod((move.guest() + move.to()).hashCode() * 31 + salt, 5) < 2;
            Set<Move> asked = new HashSet<>();
            Road blocked = blocking(some, random.nextInt(4) == 0, OTHER_DISK);
            road = moves -> {
                assertThat(asked).doesNotContainAnyElementsOf(moves);
                asked.addAll(moves);
                return blocked.obstacles(moves);
            };
            int hosts = 3 + random.nextInt(3);
            PoolLoad pool = pool(
                    hosts,
                    IntStream.range(0, 10).mapToObj(i -> guest("g" + i, random.nextInt(2), 1 + random.nextInt(5))));
            assertThat(balance(pool).document().plan().moves())
                    .as("round %s", round)
                    .noneMatch(some);
            asked.clear();
            try {
                assertThat(evacuate(pool, "host0").document().plan().moves())
                        .as("round %s", round)
                        .noneMatch(some);
            } catch (Refused refused) {
                assertThat(refused.reasons()).isNotEmpty();
            }
        }
    }
}
