package org.vfrt.core.placement;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ChooseHostTest {

    private final ChooseHost choose = new ChooseHost(Metric.BALANCE);

    @Test
    void theHostThatLeavesThePoolMostEvenComesFirst() {
        PoolLoad pool = SmallPools.pool(
                4,
                Stream.of(
                        SmallPools.guest("moving", 0, 4),
                        SmallPools.guest("a", 1, 12),
                        SmallPools.guest("b", 2, 2),
                        SmallPools.guest("c", 3, 6)));

        List<Candidate> candidates = choose.run(pool, "moving");

        assertThat(candidates).extracting(Candidate::host).containsExactly("host2", "host3", "host1");
        assertThat(candidates).allMatch(Candidate::accepted);
    }

    @Test
    void hostsThatAreNotTakenComeLastWithEveryReason() {
        PoolLoad pool = new PoolLoad(
                SmallPools.hosts(3),
                List.of(SmallPools.guest("moving", 0, 12), SmallPools.guest("a", 1, 24), SmallPools.guest("b", 2, 2)),
                List.of(
                        new Rule("apart", Rule.Kind.APART, true, Set.of("moving", "a"), Set.of()),
                        new Rule("not there", Rule.Kind.NOT_ON, true, Set.of("moving"), Set.of("host1"))));

        List<Candidate> candidates = choose.run(pool, "moving");

        assertThat(candidates).extracting(Candidate::host).containsExactly("host2", "host1");
        assertThat(candidates.get(1).rejections())
                .extracting(Rejection::code)
                .containsExactlyInAnyOrder(
                        Rejection.Code.MEMORY, Rejection.Code.ANTI_AFFINITY, Rejection.Code.EXCLUDED);
        assertThat(candidates.get(1).rejections())
                .extracting(Rejection::text)
                .contains("rule 'apart' keeps it apart from 'a'", "rule 'not there' excludes it");
    }

    @Test
    void aHostThatARuleDemandsIsTakenAlthoughTheGuestThenHasNoOtherWhenThatDies() {
        PoolLoad pool = new PoolLoad(
                SmallPools.hosts(2),
                List.of(SmallPools.guest("moving", 0, 4), SmallPools.guest("a", 1, 2)),
                List.of(new Rule("there", Rule.Kind.ON, true, Set.of("moving"), Set.of("host1"))));

        Candidate there = choose.run(pool, "moving").get(0);

        assertThat(there.accepted()).isTrue();
        assertThat(there.added(Contribution.Part.VIOLATIONS)).isNegative();
        assertThat(there.added(Contribution.Part.SHORTFALL)).isPositive();
    }

    @Test
    void aGuestThatIsToBeStartedCountsNowhereAndIsRankedAlike() {
        PoolLoad pool = SmallPools.pool(
                3, Stream.of(SmallPools.guest("a", 0, 12), SmallPools.guest("b", 1, 2), SmallPools.guest("c", 2, 6)));

        List<Candidate> candidates = choose.run(pool, SmallPools.guest("newcomer", 0, 4));

        assertThat(candidates).extracting(Candidate::host).containsExactly("host1", "host2", "host0");
        assertThat(candidates).allMatch(Candidate::accepted);
    }

    @Test
    void rulesHoldForAGuestThatIsToBeStarted() {
        PoolLoad pool = new PoolLoad(
                SmallPools.hosts(4),
                List.of(SmallPools.guest("a", 0, 2), SmallPools.guest("b", 1, 2), SmallPools.guest("full", 3, 30)),
                List.of(
                        new Rule("apart", Rule.Kind.APART, true, Set.of("newcomer", "a"), Set.of()),
                        new Rule("together", Rule.Kind.TOGETHER, true, Set.of("newcomer", "b"), Set.of()),
                        new Rule("alone", Rule.Kind.TOGETHER, true, Set.of("newcomer"), Set.of())));

        List<Candidate> candidates = choose.run(pool, SmallPools.guest("newcomer", 2, 4));

        assertThat(candidates.get(0).host()).isEqualTo("host1");
        assertThat(candidates).filteredOn(Candidate::accepted).hasSize(1);
        assertThat(candidates)
                .filteredOn(one -> one.host().equals("host0"))
                .flatExtracting(Candidate::rejections)
                .extracting(Rejection::text)
                .containsExactlyInAnyOrder("rule 'apart' keeps it apart from 'a'", "rule 'together' keeps it with 'b'");
        assertThat(candidates)
                .filteredOn(one -> one.host().equals("host3"))
                .flatExtracting(Candidate::rejections)
                .extracting(Rejection::code)
                .containsExactlyInAnyOrder(Rejection.Code.MEMORY, Rejection.Code.AFFINITY);
    }

    @Test
    void roomForADeadHostsGuestsDecidesAboutAStartAndForbidsNone() {
        // With the newcomer on host2, "big" has nowhere to go when host0 dies.
        PoolLoad pool = SmallPools.pool(
                3,
                Stream.of(SmallPools.guest("big", 0, 20), SmallPools.guest("a", 1, 14), SmallPools.guest("b", 2, 8)));

        List<Candidate> candidates = choose.run(pool, SmallPools.guest("newcomer", 0, 10));

        assertThat(candidates).allMatch(Candidate::accepted);
        assertThat(candidates)
                .extracting(Candidate::host)
                .startsWith("host1")
                .last()
                .isEqualTo("host2");
        assertThat(choose.run(SmallPools.pool(1, Stream.of()), SmallPools.guest("newcomer", 0, 10)))
                .singleElement()
                .matches(Candidate::accepted);
    }

    @Test
    void aHostThatMustStayFreeForTheGuestsOfAnotherIsNotTaken() {
        // Only host2 has room for "big" when host0 dies.
        PoolLoad pool = SmallPools.pool(
                3,
                Stream.of(
                        SmallPools.guest("big", 0, 20),
                        SmallPools.guest("moving", 1, 10),
                        SmallPools.guest("a", 1, 14),
                        SmallPools.guest("b", 2, 8)));
        assertThat(new SurviveFailures().run(pool)).allMatch(Survival::all);

        Candidate candidate = choose.run(pool, "moving").stream()
                .filter(one -> one.host().equals("host2"))
                .findFirst()
                .orElseThrow();

        assertThat(candidate.rejections()).singleElement().satisfies(rejection -> {
            assertThat(rejection.code()).isEqualTo(Rejection.Code.MEMORY_RESERVE_N1);
            assertThat(rejection.text())
                    .isEqualTo("with it there, guests of 20,480 MiB more would find no place when a host dies");
        });
    }
}
