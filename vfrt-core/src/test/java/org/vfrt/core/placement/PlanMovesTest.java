package org.vfrt.core.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.vfrt.core.placement.SmallPools.guest;
import static org.vfrt.core.placement.SmallPools.hosts;
import static org.vfrt.core.placement.SmallPools.pool;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PlanMovesTest {

    private static final long SEED = 20261130;
    private static final int POOLS = Integer.getInteger("vfrt.pools", 1000);

    private static final Guards QUICK = new Guards(10, 0.5, 0.02, 10, 1, 2, 20_000, Duration.ofSeconds(30));
    private final PlanMoves planner = new PlanMoves(Metric.BALANCE, QUICK, 1);

    @Test
    void everyStepOfAPlanIsPossibleAndBreaksNothing() {
        RandomPools pools = new RandomPools(SEED);
        int moves = 0;
        for (int i = 0; i < POOLS; i++) {
            PoolLoad pool = pools.next(6, 8);
            Plan plan = planner.run(pool, PlanMoves.Goal.BALANCE);

            PlanProof.isSafe(pool, plan, "pool " + i + " of seed " + SEED);
            assertThat(plan.after()).isLessThanOrEqualTo(plan.before());
            moves += plan.moves().size();

            if (!plan.cut()) {
                Plan second = planner.run(pool.after(plan.moves()), PlanMoves.Goal.BALANCE);
                assertThat(second.moves())
                        .as("pool %d of seed %d, planned again: %s", i, SEED, plan)
                        .isEmpty();
            }
        }
        assertThat(moves).isGreaterThan(POOLS / 2);
    }

    /** Of other hosts only what must make room goes: where those could stay, all do. */
    @Test
    void whereAHostIsLeftGuestsOfOthersMoveOnlyIfNoPlanDoesWithoutThem() {
        RandomPools pools = new RandomPools(SEED + 1);
        int made = 0;
        for (int i = 0; i < POOLS; i++) {
            PoolLoad pool = pools.next(6, 8).with("host0", HostLoad.State.LEAVING);
            Plan plan = planner.run(pool, PlanMoves.Goal.RULES);

            PlanProof.isSafe(pool, plan, "pool " + i + " of seed " + (SEED + 1));
            assertThat(plan.unsolved()).as("pool %d", i).allMatch(unsolved -> isLeft(pool, unsolved.host()));
            if (plan.moves().stream().anyMatch(move -> !isLeft(pool, move.from()))) {
                made++;
                PoolLoad fixed = pool.withGuests(guest -> isLeft(pool, guest.host())
                        ? guest
                        : guest.staying(new GuestLoad.Bound(Rejection.Code.STATE, "stays")));
                assertThat(planner.run(fixed, PlanMoves.Goal.RULES).unsolved())
                        .as("pool %d: %s", i, plan)
                        .isNotEmpty();
            }
        }
        assertThat(made).isPositive();
    }

    private static boolean isLeft(PoolLoad pool, String host) {
        return pool.hosts().stream().anyMatch(one -> one.name().equals(host) && one.state() == HostLoad.State.LEAVING);
    }

    @Test
    void aRuleIsNotMendedByBreakingAnother() {
        GuestLoad fixed = guest("fixed", 0, 20).staying(new GuestLoad.Bound(Rejection.Code.PV_GUEST, "is a PV guest"));
        PoolLoad pool = new PoolLoad(
                hosts(2),
                List.of(guest("a", 0, 8), guest("b", 1, 2), fixed),
                List.of(
                        rule("there", Rule.Kind.ON, true, Set.of("a", "b"), Set.of("host1")),
                        rule("apart", Rule.Kind.APART, true, Set.of("a", "b"), Set.of())));

        Plan plan = planner.run(pool, PlanMoves.Goal.BALANCE);

        assertThat(plan.moves()).isEmpty();
        assertThat(plan.unsolved()).singleElement().satisfies(unsolved -> {
            assertThat(unsolved.guest()).isEqualTo("a");
            assertThat(unsolved.candidates().get(0).rejections())
                    .extracting(Rejection::code)
                    .containsExactly(Rejection.Code.ANTI_AFFINITY);
        });
    }

    /** While "b" is under way it counts as being on the host that it leaves. */
    @Test
    void aGuestComesWhenTheOneItMustBeApartFromHasGone() {
        PoolLoad pool = new PoolLoad(
                hosts(3),
                List.of(guest("a", 0, 8), guest("b", 1, 4)),
                List.of(
                        rule("a there", Rule.Kind.ON, true, Set.of("a"), Set.of("host1")),
                        rule("b there", Rule.Kind.ON, true, Set.of("b"), Set.of("host2")),
                        rule("apart", Rule.Kind.APART, true, Set.of("a", "b"), Set.of())));

        Plan plan = planner.run(pool, PlanMoves.Goal.RULES);

        assertThat(plan.waves())
                .containsExactly(List.of(new Move("b", "host1", "host2")), List.of(new Move("a", "host0", "host1")));
    }

    @Test
    void guestsOfRulesThatContradictEachOtherGoNowhere() {
        PoolLoad pool = new PoolLoad(
                        hosts(2),
                        List.of(guest("a", 0, 8), guest("b", 0, 4)),
                        List.of(
                                rule("together", Rule.Kind.TOGETHER, true, Set.of("a", "b"), Set.of()),
                                rule("apart", Rule.Kind.APART, true, Set.of("a", "b"), Set.of())))
                .with("host0", HostLoad.State.LEAVING);

        Plan plan = planner.run(pool, PlanMoves.Goal.RULES);

        assertThat(plan.moves()).isEmpty();
        assertThat(plan.unsolved())
                .hasSize(2)
                .allSatisfy(unsolved -> assertThat(unsolved.candidates().get(0).rejections())
                        .singleElement()
                        .satisfies(rejection ->
                                assertThat(rejection.text()).isEqualTo("rule 'apart' keeps it apart from 'a', 'b'")));
    }

    @Test
    void theSamePoolAndSeedGiveTheSamePlan() {
        RandomPools pools = new RandomPools(SEED);
        for (int i = 0; i < 50; i++) {
            PoolLoad pool = pools.next(6, 8);
            assertThat(planner.run(pool, PlanMoves.Goal.BALANCE)).isEqualTo(planner.run(pool, PlanMoves.Goal.BALANCE));
        }
    }

    @Test
    void aPoolThatIsEvenEnoughIsLeftAlone() {
        PoolLoad pool = pool(3, Stream.of(guest("a", 0, 4), guest("b", 1, 4), guest("c", 2, 5)));

        Plan plan = planner.run(pool, PlanMoves.Goal.BALANCE);

        assertThat(plan.moves()).isEmpty();
        assertThat(plan.unsolved()).isEmpty();
    }

    @Test
    void guestsThatAreAllOnOneHostAreSpread() {
        PoolLoad pool = pool(3, IntStream.range(0, 6).mapToObj(i -> guest("g" + i, 0, 4)));

        Plan plan = planner.run(pool, PlanMoves.Goal.BALANCE);

        assertThat(plan.moves()).hasSize(4);
        assertThat(plan.moves().stream().map(Move::to).filter("host1"::equals)).hasSize(2);
    }

    @Test
    void aHostThatIsLeftGivesItsGuestsToAllOthersAlike() {
        PoolLoad pool = pool(
                        4,
                        Stream.concat(
                                IntStream.range(0, 6).mapToObj(i -> guest("g" + i, 0, 4)),
                                IntStream.range(1, 4).mapToObj(i -> guest("h" + i, i, 4))))
                .with("host0", HostLoad.State.LEAVING);

        Plan plan = planner.run(pool, PlanMoves.Goal.RULES);

        assertThat(plan.moves()).hasSize(6);
        for (String host : List.of("host1", "host2", "host3")) {
            assertThat(plan.moves().stream().map(Move::to).filter(host::equals)).hasSize(2);
        }
        assertThat(plan.unsolved()).isEmpty();
    }

    @Test
    void aGuestThatFitsNowhereIsNamedWithTheReasons() {
        PoolLoad pool =
                pool(2, Stream.of(guest("big", 0, 30), guest("other", 1, 10))).with("host0", HostLoad.State.LEAVING);

        Plan plan = planner.run(pool, PlanMoves.Goal.RULES);

        assertThat(plan.moves()).isEmpty();
        assertThat(plan.unsolved()).singleElement().satisfies(unsolved -> {
            assertThat(unsolved.guest()).isEqualTo("big");
            assertThat(unsolved.candidates()).singleElement().satisfies(candidate -> {
                assertThat(candidate.rejections()).singleElement().satisfies(rejection -> {
                    assertThat(rejection.code()).isEqualTo(Rejection.Code.MEMORY);
                    assertThat(rejection.text()).isEqualTo("needs 30,720 MiB, free 22,528 MiB of 32,768 MiB");
                });
            });
        });
    }

    @Test
    void guestsThatBreakAHardRuleWithoutAWayOutAreNamed() {
        PoolLoad pool = new PoolLoad(
                hosts(2),
                List.of(guest("a", 0, 16), guest("b", 0, 14), guest("filler", 1, 30)),
                List.of(rule("apart", Rule.Kind.APART, true, Set.of("a", "b"), Set.of())));

        Plan plan = planner.run(pool, PlanMoves.Goal.RULES);

        assertThat(plan.moves()).isEmpty();
        assertThat(plan.unsolved()).extracting(Plan.Unsolved::guest).containsExactly("a", "b");
        assertThat(plan.unsolved().get(0).candidates())
                .singleElement()
                .satisfies(candidate -> assertThat(candidate.rejections())
                        .extracting(Rejection::code)
                        .containsExactly(Rejection.Code.MEMORY));
    }

    @Test
    void ofGuestsThatBelongTogetherThoseThatAreElsewhereAreNamed() {
        PoolLoad pool = new PoolLoad(
                hosts(2),
                List.of(guest("a", 0, 15), guest("b", 0, 15), guest("c", 1, 16), guest("filler", 1, 14)),
                List.of(rule("together", Rule.Kind.TOGETHER, true, Set.of("a", "b", "c"), Set.of())));

        Plan plan = planner.run(pool, PlanMoves.Goal.RULES);

        assertThat(plan.moves()).isEmpty();
        assertThat(plan.unsolved()).extracting(Plan.Unsolved::guest).containsExactly("c");
    }

    @Test
    void guestsThatCannotBeInAnotherFailureDomainAreNamed() {
        List<HostLoad> rack = hosts(2).stream()
                .map(host -> new HostLoad(
                        host.name(),
                        host.state(),
                        "rack",
                        host.capacity(),
                        host.limit(),
                        host.taken(),
                        host.facilities(),
                        host.hypervisorVersion()))
                .toList();
        PoolLoad pool = new PoolLoad(
                rack,
                List.of(guest("a", 0, 4), guest("b", 1, 4)),
                List.of(
                        rule("domains", Rule.Kind.DOMAINS_APART, true, Set.of("a", "b"), Set.of()),
                        rule("wish", Rule.Kind.TOGETHER, false, Set.of("a", "b"), Set.of())));

        Plan plan = planner.run(pool, PlanMoves.Goal.RULES);

        assertThat(plan.unsolved()).extracting(Plan.Unsolved::guest).containsExactly("a", "b");
        assertThat(plan.unsolved().get(0).candidates().get(0).rejections())
                .extracting(Rejection::code)
                .containsExactly(Rejection.Code.ANTI_AFFINITY);
    }

    @Test
    void residentsMakeRoomForAGuestThatMustGo() {
        // host1 has 12 free and host2 has 10: "big" needs 20, so "small" goes to host2 first.
        PoolLoad pool = pool(
                        3,
                        Stream.of(
                                guest("big", 0, 20),
                                guest("small", 1, 8),
                                guest("fixed1", 1, 12),
                                guest("fixed2", 2, 22)))
                .with("host0", HostLoad.State.LEAVING);

        Plan plan = planner.run(pool, PlanMoves.Goal.RULES);

        assertThat(plan.moves())
                .containsExactly(new Move("small", "host1", "host2"), new Move("big", "host0", "host1"));
        assertThat(plan.waves()).hasSize(2);
    }

    @Test
    void guestsThatWaitForEachOthersPlaceAreParked() {
        // Each host is full but the third; the rules demand a swap.
        PoolLoad pool = new PoolLoad(
                hosts(3),
                List.of(guest("a", 0, 30), guest("b", 1, 30)),
                List.of(
                        rule("a there", Rule.Kind.ON, true, Set.of("a"), Set.of("host1")),
                        rule("b there", Rule.Kind.ON, true, Set.of("b"), Set.of("host0", "host2"))));
        PoolLoad strict = new PoolLoad(
                pool.hosts(),
                Stream.concat(pool.guests().stream(), Stream.of(guest("c", 2, 10)))
                        .toList(),
                pool.rules());

        Plan plan = planner.run(pool, PlanMoves.Goal.RULES);

        PlanProof.isSafe(pool, plan, "swap");
        assertThat(plan.after().violations()).isZero();
        assertThat(planner.run(strict, PlanMoves.Goal.RULES).unsolved()).isNotEmpty();
    }

    @Test
    void guestsThatMustBeApartAreParted() {
        PoolLoad pool = new PoolLoad(
                hosts(3),
                List.of(guest("db1", 0, 4), guest("db2", 0, 4), guest("db3", 1, 4)),
                List.of(rule("databases", Rule.Kind.APART, true, Set.of("db1", "db2", "db3"), Set.of())));

        Plan plan = planner.run(pool, PlanMoves.Goal.RULES);

        assertThat(plan.moves())
                .singleElement()
                .satisfies(move -> assertThat(move.to()).isEqualTo("host2"));
    }

    @Test
    void guestsThatMustBeTogetherMoveTogether() {
        PoolLoad pool = new PoolLoad(
                        hosts(2),
                        List.of(guest("web", 0, 4), guest("cache", 0, 4), guest("other", 1, 4)),
                        List.of(rule("pair", Rule.Kind.TOGETHER, true, Set.of("web", "cache"), Set.of())))
                .with("host0", HostLoad.State.LEAVING);

        Plan plan = planner.run(pool, PlanMoves.Goal.RULES);

        assertThat(plan.waves())
                .singleElement()
                .satisfies(wave -> assertThat(wave).hasSize(2));
    }

    @Test
    void roomForTheGuestsOfADeadHostIsMade() {
        // host1 and host2 have 12 and 12 free; "big" of host0 needs 20. With "mid" on host2 host1 has 20.
        PoolLoad pool = pool(
                3,
                Stream.of(
                        guest("big", 0, 20),
                        guest("mid", 1, 8),
                        guest("p", 1, 12),
                        guest("q", 2, 12),
                        guest("r", 2, 8)));
        assertThat(new SurviveFailures().run(pool)).anyMatch(survival -> !survival.all());

        Plan plan = planner.run(pool, PlanMoves.Goal.BALANCE);

        assertThat(plan.before().shortfallBytes()).isPositive();
        assertThat(plan.after().shortfallBytes()).isLessThan(plan.before().shortfallBytes());
    }

    /** Measurements err by 5 % this way or that, otherwise each time. Of 100 plans at most 10 moves come, in whatever pool. */
    @Test
    void measurementsThatTrembleMoveNextToNothing() {
        RandomPools pools = new RandomPools(SEED);
        SplittableRandom random = new SplittableRandom(SEED);
        for (int i = 0; i < Math.max(20, POOLS / 50); i++) {
            PoolLoad pool = settled(pools.next(6, 8));
            int moves = 0;
            for (int run = 0; run < 100; run++) {
                List<Move> found = planner.run(trembling(pool, random), PlanMoves.Goal.BALANCE)
                        .moves();
                moves += found.size();
                pool = pool.after(found);
            }
            assertThat(moves)
                    .as("moves in 100 plans for pool %d of seed %d", i, SEED)
                    .isLessThanOrEqualTo(10);
        }
    }

    private PoolLoad settled(PoolLoad pool) {
        PoolLoad reached = pool;
        Plan plan = planner.run(reached, PlanMoves.Goal.BALANCE);
        while (!plan.moves().isEmpty()) {
            reached = reached.after(plan.moves());
            plan = planner.run(reached, PlanMoves.Goal.BALANCE);
        }
        return reached;
    }

    private static PoolLoad trembling(PoolLoad pool, SplittableRandom random) {
        return new PoolLoad(
                pool.hosts(),
                pool.guests().stream()
                        .map(guest -> new GuestLoad(
                                guest.name(),
                                guest.uuid(),
                                guest.host(),
                                new Amount(
                                        guest.need().memoryBytes(),
                                        guest.need().cpus() * random.nextDouble(0.95, 1.05),
                                        guest.need().vcpus()),
                                guest.facilities(),
                                guest.hypervisorVersion(),
                                guest.bound(),
                                guest.dirtyBytesPerSecond(),
                                guest.barred()))
                        .toList(),
                pool.rules());
    }

    private static Rule rule(String name, Rule.Kind kind, boolean hard, Set<String> guests, Set<String> hosts) {
        return new Rule(name, kind, hard, guests, hosts);
    }

    /** More than fit into a byte. */
    @Test
    void aRuleAboutManyGuestsThatGoTogetherIsMended() {
        Set<String> names = IntStream.range(0, 200).mapToObj(i -> "g" + i).collect(Collectors.toSet());
        Amount vast = new Amount(1L << 40, 1000, 1000);
        PoolLoad pool = new PoolLoad(
                Stream.of("host0", "host1")
                        .map(host -> new HostLoad(
                                host, HostLoad.State.ONLINE, host, vast, vast, Amount.NONE, Set.of(), RandomPools.XEN))
                        .toList(),
                names.stream().map(name -> guest(name, 0, 1)).toList(),
                List.of(
                        rule("together", Rule.Kind.TOGETHER, true, names, Set.of()),
                        rule("not there", Rule.Kind.NOT_ON, true, names, Set.of("host0"))));

        Plan plan = planner.run(pool, PlanMoves.Goal.RULES);

        assertThat(plan.before().violations()).isEqualTo(200);
        assertThat(plan.after().violations()).isZero();
    }
}
