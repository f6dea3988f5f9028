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
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.vfrt.core.checkpoint.Progress;
import org.vfrt.core.failure.Busy;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.placement.Guards;
import org.vfrt.core.placement.GuestLoad;
import org.vfrt.core.placement.HostLoad;
import org.vfrt.core.placement.Move;
import org.vfrt.core.placement.PlanDocument;
import org.vfrt.core.placement.PoolLoad;
import org.vfrt.core.placement.Rule;

class ApplyPlanTest {

    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-11-28T12:00:00Z"), ZoneOffset.UTC);

    private Guards guards = new Guards(10, 0.5, 0.02, 10, 1, 2, 5_000, Duration.ofSeconds(30));
    private final FakeMover mover = new FakeMover();
    private PoolLoad now = pool(4, IntStream.range(0, 12).mapToObj(i -> guest("g" + i, i % 2, 4)));

    /** Moves guests of the pool, each in a moment, and counts how many move at once. */
    private final class FakeMover implements ApplyPlan.Mover {

        private final Set<String> failing = new HashSet<>();
        private final List<String> begun = new ArrayList<>();
        private final Map<String, Integer> busy = new HashMap<>();
        private int moving;
        /** Each takes until so many have moved at once, or ten seconds. */
        private int awaited = 1;

        private int most;
        private int mostOfAHost;
        /** Those that are under way, and which part of their memory their new host has set apart. */
        private final Map<Move, Double> arriving = new HashMap<>();

        private SplittableRandom random = new SplittableRandom(20261130);

        /** Before the next one is thought of. */
        private void announced(Move move) {
            synchronized (ApplyPlanTest.this) {
                arriving.put(move, random.nextInt(3) / 2.0);
            }
        }

        private void awaitOthers() {
            long until = System.nanoTime() + 10_000_000_000L;
            while (most < awaited && System.nanoTime() < until) {
                try {
                    ApplyPlanTest.this.wait(100);
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        }

        @Override
        public MigrateGuest.Outcome move(Move move, Progress progress) {
            synchronized (ApplyPlanTest.this) {
                begun.add(move.guest());
                most = Math.max(most, ++moving);
                mostOfAHost = Math.max(mostOfAHost, busy.merge("to " + move.to(), 1, Integer::sum));
                mostOfAHost = Math.max(mostOfAHost, busy.merge("from " + move.from(), 1, Integer::sum));
                ApplyPlanTest.this.notifyAll();
                awaitOthers();
            }
            // Long enough for another one to begin, if it may.
            java.util.concurrent.locks.LockSupport.parkNanos(20_000_000);
            progress.at("copy", 1L << 40, 4L << 30);
            synchronized (ApplyPlanTest.this) {
                moving--;
                arriving.remove(move);
                busy.merge("to " + move.to(), -1, Integer::sum);
                busy.merge("from " + move.from(), -1, Integer::sum);
                if (failing.contains(move.guest())) {
                    throw new Failed(
                            "link-broke", "guest '" + move.guest() + "' is still on '" + move.from() + "'", "");
                }
                now = now.after(List.of(move));
            }
            return new MigrateGuest.Outcome(
                    move.guest(),
                    new UUID(0, 1),
                    move.from(),
                    move.to(),
                    "asked for",
                    List.of(),
                    MigrationHistory.NONE.predict(new UUID(0, 1), move.from(), move.to(), 4L << 30),
                    Optional.empty(),
                    List.of());
        }
    }

    /** As the hosts say it: what is set apart for a guest that is under way is not free, and the guest is where it runs. */
    private synchronized PoolLoad look() {
        Map<String, Long> apart = new HashMap<>();
        mover.arriving.forEach((move, share) -> apart.merge(move.to(), Math.round(share * memory(move)), Long::sum));
        return now.withHosts(host -> host.limitedTo(host.limit().memoryBytes() - apart.getOrDefault(host.name(), 0L)));
    }

    private long memory(Move move) {
        return now.guests().stream()
                .filter(guest -> guest.name().equals(move.guest()))
                .mapToLong(guest -> guest.need().memoryBytes())
                .sum();
    }

    private PlanMigrations.Outcome plan(Optional<String> emptied) {
        return new PlanMigrations(MigrationHistory.NONE, CLOCK)
                .run(look(), new PlanMigrations.Task(emptied, guards, false), Road.CLEAR);
    }

    private List<ApplyPlan.Step> apply(PlanDocument plan) {
        return new ApplyPlan(this::look, mover, guards)
                .run(plan, () -> false, move -> mover.announced(move.move()), Progress.NONE);
    }

    @Test
    void aPlanIsDoneAndPlanningAgainFindsNothingToDo() {
        PlanDocument plan = plan(Optional.empty()).document();
        assertThat(plan.moves()).isNotEmpty();

        List<ApplyPlan.Step> steps = apply(plan);

        assertThat(steps).allMatch(step -> step.result() == ApplyPlan.Result.DONE);
        assertThat(steps).extracting(ApplyPlan.Step::planned).isEqualTo(plan.moves());
        PlanMigrations.Outcome again = plan(Optional.empty());
        assertThat(again.document().moves()).isEmpty();
        assertThat(again.idle()).isPresent();
    }

    @Test
    void aHostThatIsEmptiedIsEmpty() {
        List<ApplyPlan.Step> steps = apply(plan(Optional.of("host0")).document());

        assertThat(steps).hasSizeGreaterThanOrEqualTo(6);
        assertThat(look().guests()).noneMatch(guest -> guest.host().equals("host0"));
    }

    @Test
    void noMoreMoveAtOnceThanTheGuardsAllow() {
        apply(plan(Optional.empty()).document());

        assertThat(mover.most).isEqualTo(2);
        assertThat(mover.mostOfAHost).isEqualTo(1);
    }

    @Test
    void moreMoveAtOnceWhereTheGuardsAllowIt() {
        guards = guards.withParallel(4);
        mover.awaited = 3;

        apply(plan(Optional.of("host0")).document());

        assertThat(mover.most).isBetween(3, 4);
        assertThat(mover.mostOfAHost).isBetween(3, 4);
    }

    @Test
    void aPlanMadeForMoreAtOnceIsDoneWithinTheLimitsOfWhoAppliesIt() {
        guards = guards.withParallel(4);
        PlanDocument plan = plan(Optional.of("host0")).document();
        guards = guards.withParallel(1);

        assertThat(apply(plan)).allMatch(step -> step.result() == ApplyPlan.Result.DONE);
        assertThat(mover.most).isEqualTo(1);
    }

    @Test
    void afterAFailureNothingMoreIsBegunAndWhatMovesIsFinished() {
        PlanDocument plan = plan(Optional.empty()).document();
        assertThat(plan.waves()).hasSizeGreaterThan(1);
        assertThat(plan.waves().get(0)).hasSize(2);
        mover.failing.add(plan.moves().get(0).move().guest());

        List<ApplyPlan.Step> steps = apply(plan);

        assertThat(steps).hasSameSizeAs(plan.moves());
        assertThat(steps.get(0).result()).isEqualTo(ApplyPlan.Result.FAILED);
        assertThat(steps.get(0).failure()).map(failure -> failure.code()).contains("link-broke");
        assertThat(steps.get(1).result()).isEqualTo(ApplyPlan.Result.DONE);
        assertThat(steps.subList(2, steps.size())).allMatch(step -> step.result() == ApplyPlan.Result.NOT_BEGUN);
        assertThat(mover.begun).hasSize(2);
    }

    @Test
    void aPlanForAPoolThatChangedIsRefusedAndTheChangeIsNamed() {
        PlanDocument plan = plan(Optional.empty()).document();
        now = now.after(List.of(new Move("g0", "host0", "host3")));

        assertThatExceptionOfType(Refused.class)
                .isThrownBy(() -> apply(plan))
                .withMessage("the pool changed since the plan was made: guest 'g0' is on 'host3' now")
                .satisfies(refused -> assertThat(refused.code()).isEqualTo("pool-changed"));
        assertThat(mover.begun).isEmpty();
    }

    @Test
    void everyChangeIsNamedWhenThereAreSeveral() {
        PlanDocument plan = plan(Optional.empty()).document();
        now = now.after(List.of(new Move("g0", "host0", "host3"))).with("host2", HostLoad.State.UNKNOWN);

        assertThatExceptionOfType(Refused.class)
                .isThrownBy(() -> apply(plan))
                .satisfies(refused -> assertThat(refused.reasons()).hasSize(2));
    }

    @Test
    void aPlanOfWhichMovesWouldBeRefusedIsRefusedWithEachOfTheirGuests() {
        PlanDocument plan = plan(Optional.of("host0")).document();
        Reason job = new Reason("guest-in-job", "libvirt has a job open on the guest", "");
        Reason held = new Reason("guest-busy", "guest 'x' is held by 'checkpoint create'", "");

        assertThatExceptionOfType(Refused.class)
                .isThrownBy(() -> new CheckPlan(moves -> List.of(
                                new Road.Obstacle(moves.get(0), true, List.of(job)),
                                new Road.Obstacle(moves.get(1), true, List.of(held))))
                        .run(plan, look()))
                .withMessage("the plan is not applied: 2 of its guests would not be moved")
                .satisfies(refused -> assertThat(refused.reasons())
                        .extracting(Reason::code)
                        .containsExactly("guest-in-job", "guest-busy"));
        assertThatExceptionOfType(Busy.class)
                .isThrownBy(() -> new CheckPlan(moves -> List.of(new Road.Obstacle(moves.get(1), true, List.of(held))))
                        .run(plan, look()));
        new CheckPlan(Road.CLEAR).run(plan, look());
    }

    /** The plan's own pool says nothing of rules and room. */
    @Test
    void aPlanThatRulesOrRoomForbidByNowIsRefusedBeforeItsFirstMove() {
        PlanDocument plan = plan(Optional.of("host0")).document();
        Move last = plan.moves().get(plan.moves().size() - 1).move();
        PoolLoad before = now;

        now = new PoolLoad(
                before.hosts(),
                before.guests(),
                List.of(new Rule("not there", Rule.Kind.NOT_ON, true, Set.of(last.guest()), Set.of(last.to()))));
        assertThatExceptionOfType(Refused.class)
                .isThrownBy(() -> apply(plan))
                .withMessageContaining("guest '" + last.guest() + "' does not go to host '" + last.to() + "'");

        now = before.withHosts(host -> host.name().equals(last.to()) ? host.limitedTo(1) : host);
        assertThatExceptionOfType(Refused.class).isThrownBy(() -> new CheckPlan(Road.CLEAR).run(plan, look()));
        assertThat(mover.begun).isEmpty();
    }

    @Test
    void aGuestThatSomebodyElseMovedMeanwhileEndsThePlan() {
        PlanDocument plan = plan(Optional.of("host0")).document();
        Move second = plan.moves().get(1).move();

        List<ApplyPlan.Step> steps = new ApplyPlan(this::look, mover, guards)
                .run(
                        plan,
                        () -> false,
                        begun -> now = begun.move().guest().equals(second.guest())
                                ? now
                                : now.after(List.of(new Move(second.guest(), "host0", "host1"))),
                        Progress.NONE);

        assertThat(steps.get(0).result()).isEqualTo(ApplyPlan.Result.DONE);
        assertThat(steps.get(1).result()).isEqualTo(ApplyPlan.Result.FAILED);
        assertThat(steps.get(1).failure())
                .map(Throwable::getMessage)
                .contains("guest '" + second.guest() + "' is on 'host1' now, not on 'host0'");
        assertThat(mover.begun).hasSize(1);
    }

    @Test
    void aTargetThatFallsSilentEndsThePlan() {
        PlanDocument plan = plan(Optional.of("host0")).document();

        List<ApplyPlan.Step> steps = new ApplyPlan(this::look, mover, guards)
                .run(
                        plan,
                        () -> false,
                        begun -> now = now.with(plan.moves().get(1).move().to(), HostLoad.State.UNKNOWN),
                        Progress.NONE);

        assertThat(steps.get(1).result()).isEqualTo(ApplyPlan.Result.FAILED);
        assertThat(steps.get(1).failure()).map(failure -> failure.code()).contains("stale-metrics");
    }

    @Test
    void whoAsksItToStopGetsNoFurtherMove() {
        PlanDocument plan = plan(Optional.of("host0")).document();

        List<ApplyPlan.Step> steps = new ApplyPlan(this::look, mover, guards)
                .run(plan, () -> !mover.begun.isEmpty(), move -> {}, Progress.NONE);

        assertThat(steps.get(0).result()).isEqualTo(ApplyPlan.Result.DONE);
        assertThat(steps.subList(1, steps.size())).allMatch(step -> step.result() == ApplyPlan.Result.NOT_BEGUN);
    }

    @Test
    void progressIsOfThePlanAsAWhole() {
        PlanDocument plan = plan(Optional.of("host0")).document();
        List<String> heard = new ArrayList<>();

        new ApplyPlan(this::look, mover, guards).run(plan, () -> false, move -> {}, (phase, done, total) -> {
            synchronized (heard) {
                heard.add(phase + " " + (done >> 30) + " of " + (total >> 30));
            }
        });

        int moves = plan.moves().size();
        assertThat(heard.get(0)).isEqualTo("0 of " + moves + " moved 4 of " + 4 * moves);
        assertThat(heard.get(heard.size() - 1))
                .isEqualTo(moves + " of " + moves + " moved " + 4 * moves + " of " + 4 * moves);
    }

    private static PoolLoad pairAndBallast() {
        return new PoolLoad(
                hosts(2),
                List.of(guest("a", 0, 8), guest("b", 0, 8), guest("ballast", 1, 14)),
                List.of(new Rule("pair", Rule.Kind.TOGETHER, true, Set.of("a", "b"), Set.of())));
    }

    /** While "a" is under way its memory is set apart on host1, and "b" needs room for itself only. */
    @Test
    void guestsThatBelongTogetherGoAtTheSameTimeWhereThereIsJustRoomForThem() {
        guards = guards.withParallel(2);
        mover.awaited = 2;
        for (int i = 0; i < 6; i++) {
            now = pairAndBallast();
            mover.most = 0;

            assertThat(apply(plan(Optional.of("host0")).document()))
                    .allMatch(step -> step.result() == ApplyPlan.Result.DONE);
            assertThat(mover.most).isEqualTo(2);
        }
    }

    @Test
    void ofGuestsThatBelongTogetherNoneIsBegunWhereThereIsNoRoomForAllAnyMore() {
        guards = guards.withParallel(2);
        now = pairAndBallast();
        PlanDocument plan = plan(Optional.of("host0")).document();
        PoolLoad whole = now;

        List<ApplyPlan.Step> steps = new ApplyPlan(
                        new Supplier<>() {
                            private int looks;

                            @Override
                            public PoolLoad get() {
                                return looks++ == 0 ? whole : whole.withHosts(host -> host.limitedTo(29L << 30));
                            }
                        },
                        mover,
                        guards)
                .run(plan, () -> false, move -> {}, Progress.NONE);

        assertThat(steps)
                .extracting(ApplyPlan.Step::result)
                .containsExactly(ApplyPlan.Result.FAILED, ApplyPlan.Result.NOT_BEGUN);
        assertThat(steps.get(0).failure())
                .hasValueSatisfying(failure ->
                        assertThat(failure.reasons()).extracting(Reason::code).containsExactly("memory"));
        assertThat(mover.begun).isEmpty();
    }

    /** All of "a" is set apart on host1 already, and somebody else took what "b" was to have. */
    @Test
    void aGuestIsNotBegunWhoseRoomWasTakenWhileAnotherIsUnderWay() {
        guards = guards.withParallel(2);
        now = pairAndBallast();
        PlanDocument plan = plan(Optional.of("host0")).document();
        PoolLoad whole = now;
        List<String> announced = new ArrayList<>();
        CountDownLatch looked = new CountDownLatch(1);

        List<ApplyPlan.Step> steps = new ApplyPlan(
                        () -> {
                            if (announced.isEmpty()) {
                                return whole;
                            }
                            looked.countDown();
                            return whole.withHosts(host -> host.limitedTo((32 - 8 - 4L) << 30));
                        },
                        (move, progress) -> {
                            try {
                                assertThat(looked.await(10, TimeUnit.SECONDS)).isTrue();
                            } catch (InterruptedException e) {
                                throw new IllegalStateException(e);
                            }
                            return mover.move(move, progress);
                        },
                        guards)
                .run(plan, () -> false, move -> announced.add(move.move().guest()), Progress.NONE);

        assertThat(announced).hasSize(1);
        assertThat(steps.get(0).result()).isEqualTo(ApplyPlan.Result.DONE);
        assertThat(steps.get(1).failure())
                .hasValueSatisfying(failure ->
                        assertThat(failure.reasons()).extracting(Reason::code).containsExactly("memory"));
    }

    /** However much of the guests that are under way has arrived, no move of a plan is refused in its turn. */
    @Test
    void everyMoveOfAPlanIsBegunHoweverManyMoveAtOnce() {
        SplittableRandom random = new SplittableRandom(20261130);
        int together = 0;
        for (int i = 0; i < 60; i++) {
            guards = guards.withParallel(2 + random.nextInt(3));
            mover.random = new SplittableRandom(i);
            int hosts = 2 + random.nextInt(4);
            List<GuestLoad> guests = new ArrayList<>();
            for (int guest = random.nextInt(4 * hosts); guest >= 0; guest--) {
                guests.add(guest("g" + guest, random.nextInt(hosts), 1 + random.nextInt(7)));
            }
            List<Rule> rules = new ArrayList<>();
            for (int rule = 0; rule < 3 && guests.size() > 3; rule++) {
                Set<String> some = new HashSet<>();
                int first = random.nextInt(guests.size() - 2);
                guests.subList(first, first + 2 + random.nextInt(2)).forEach(guest -> some.add(guest.name()));
                rules.add(new Rule(
                        "rule" + rule,
                        random.nextBoolean() ? Rule.Kind.TOGETHER : Rule.Kind.APART,
                        true,
                        some,
                        Set.of()));
            }
            now = new PoolLoad(hosts(hosts), guests, rules);
            Optional<String> emptied = random.nextBoolean() ? Optional.of("host0") : Optional.empty();
            PlanDocument plan;
            try {
                plan = plan(emptied).document();
            } catch (Refused nowhere) {
                continue;
            }
            together += (int) plan.moves().stream()
                    .filter(move -> move.reason().startsWith("goes with"))
                    .count();
            List<ApplyPlan.Step> steps = apply(plan);
            assertThat(steps)
                    .as(
                            "pool %s: %s",
                            i,
                            steps.stream()
                                    .flatMap(step -> step.failure().stream())
                                    .flatMap(failure -> failure.reasons().stream())
                                    .toList())
                    .allMatch(step -> step.result() == ApplyPlan.Result.DONE);
        }
        assertThat(together).isPositive();
    }
}
