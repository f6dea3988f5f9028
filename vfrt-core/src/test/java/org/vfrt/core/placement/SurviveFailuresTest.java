package org.vfrt.core.placement;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class SurviveFailuresTest {

    private static final long SEED = 20261129;
    private static final int POOLS = Integer.getInteger("vfrt.pools", 1000);

    @Test
    void itSaysThatAPoolSurvivesIfAndOnlyIfSomePackingExists() {
        RandomPools pools = new RandomPools(SEED);
        int survived = 0;
        int lost = 0;
        for (int i = 0; i < POOLS; i++) {
            PoolLoad pool = pools.next(6, 4);
            for (Survival survival : new SurviveFailures().run(pool)) {
                BruteForce failure = new BruteForce(pool, survival.hosts());
                assertThat(survival.proven()).isTrue();
                assertThat(survival.all())
                        .as("pool %d of seed %d: %s, failure of %s", i, SEED, pool, survival.domain())
                        .isEqualTo(failure.canPack());
                survived += survival.all() ? 1 : 0;
                lost += survival.all() ? 0 : 1;
                assertThat(failure.allows(survival.moves())).isTrue();
            }
        }
        assertThat(survived).as("failures survived").isGreaterThan(POOLS / 10);
        assertThat(lost).as("failures not survived").isGreaterThan(POOLS / 10);
    }

    @Test
    void aGuestThatCannotBeMigratedIsStartedElsewhereAllTheSame() {
        PoolLoad pool = SmallPools.pool(
                2, Stream.of(bound("pv", Rejection.Code.PV_GUEST), bound("paused", Rejection.Code.STATE)));

        Survival survival = of(pool, "host0");

        assertThat(survival.all()).isTrue();
        assertThat(survival.moves()).extracting(Move::guest).containsExactlyInAnyOrder("pv", "paused");
    }

    @Test
    void aGuestIsStartedAlsoOnAHostThatItIsNotMovedTo() {
        GuestLoad guest = SmallPools.guest("back", 0, 4)
                .alsoBarredFrom(Map.of("host1", new GuestLoad.Bound(Rejection.Code.LEFT_LATELY, "was left lately")));

        Survival survival = of(SmallPools.pool(2, Stream.of(guest)), "host0");

        assertThat(survival.moves()).containsExactly(new Move("back", "host0", "host1"));
    }

    @Test
    void aGuestWithADeviceOfItsHostDiesWithItAndKeepsNoRoom() {
        PoolLoad pool =
                SmallPools.pool(2, Stream.of(bound("gpu", Rejection.Code.PASSTHROUGH), SmallPools.guest("web", 0, 30)));

        Survival survival = of(pool, "host0");

        assertThat(survival.moves()).containsExactly(new Move("web", "host0", "host1"));
        assertThat(survival.homeless()).singleElement().satisfies(homeless -> {
            assertThat(homeless.guest()).isEqualTo("gpu");
            assertThat(homeless.candidates().get(0).rejections())
                    .extracting(Rejection::code)
                    .containsExactly(Rejection.Code.PASSTHROUGH);
        });
        assertThat(survival.shortfallBytes()).isZero();
    }

    @Test
    void whoFindsNoPlaceIsNamedWithWhatEachHostLacksWhenTheOthersAreThere() {
        PoolLoad pool = SmallPools.pool(
                3,
                Stream.of(
                        SmallPools.guest("big", 0, 20),
                        SmallPools.guest("small", 0, 10),
                        SmallPools.guest("a", 1, 20),
                        SmallPools.guest("b", 2, 16)));

        Survival survival = of(pool, "host0");

        assertThat(survival.moves()).containsExactly(new Move("small", "host0", "host1"));
        assertThat(survival.homeless()).singleElement().satisfies(homeless -> {
            assertThat(homeless.guest()).isEqualTo("big");
            assertThat(homeless.why())
                    .isEqualTo("'host1': needs 20,480 MiB, free 2,048 MiB of 32,768 MiB;"
                            + " 'host2': needs 20,480 MiB, free 16,384 MiB of 32,768 MiB");
        });
    }

    @Test
    void aHostOfARackCanBeLookedAtAlone() {
        List<HostLoad> hosts = SmallPools.hosts(3).stream()
                .map(host -> new HostLoad(
                        host.name(),
                        host.state(),
                        host.name().equals("host2") ? "host2" : "rack",
                        host.capacity(),
                        host.limit(),
                        host.taken(),
                        host.facilities(),
                        host.hypervisorVersion()))
                .toList();
        PoolLoad pool = new PoolLoad(
                hosts,
                List.of(SmallPools.guest("a", 0, 20), SmallPools.guest("b", 1, 10), SmallPools.guest("c", 2, 10)),
                List.of(new Rule("apart", Rule.Kind.DOMAINS_APART, true, Set.of("a", "b"), Set.of())));

        assertThat(of(pool, "host0").moves()).containsExactly(new Move("a", "host0", "host2"));
        assertThat(of(pool, "rack").all()).isFalse();
        assertThat(of(pool, "rack").hosts()).containsExactly("host0", "host1");
        assertThat(new SurviveFailures().run(pool, "rack2")).isEmpty();
    }

    private static Survival of(PoolLoad pool, String hostOrDomain) {
        return new SurviveFailures().run(pool, hostOrDomain).orElseThrow();
    }

    private static GuestLoad bound(String name, Rejection.Code code) {
        GuestLoad guest = SmallPools.guest(name, 0, 8);
        return new GuestLoad(
                guest.name(),
                guest.uuid(),
                guest.host(),
                guest.need(),
                guest.facilities(),
                guest.hypervisorVersion(),
                Optional.of(new GuestLoad.Bound(code, "it is bound")),
                0);
    }
}
