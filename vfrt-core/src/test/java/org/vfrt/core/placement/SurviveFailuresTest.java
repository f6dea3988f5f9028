package org.vfrt.core.placement;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class SurviveFailuresTest {

    private static final long SEED = 20261129;
    private static final int POOLS = Integer.getInteger("vfrt.pools", 2000);

    @Test
    void itSaysThatAPoolSurvivesIfAndOnlyIfSomePackingExists() {
        RandomPools pools = new RandomPools(SEED);
        int survived = 0;
        int lost = 0;
        for (int i = 0; i < POOLS; i++) {
            PoolLoad pool = pools.next(5, 4);
            for (Survival survival : new SurviveFailures().run(pool)) {
                assertThat(survival.proven()).isTrue();
                assertThat(survival.all())
                        .as("pool %d of seed %d: %s, failure of %s", i, SEED, pool, survival.domain())
                        .isEqualTo(BruteForce.canPack(pool, survival.hosts()));
                survived += survival.all() ? 1 : 0;
                lost += survival.all() ? 0 : 1;
                assertThat(BruteForce.isAllowed(pool, survival)).isTrue();
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

    /** Tries every host for every guest, written without a look at what it judges. */
    private static final class BruteForce {

        static boolean canPack(PoolLoad pool, List<String> failed) {
            Map<String, String> places = new HashMap<>();
            List<GuestLoad> lost = new ArrayList<>();
            for (GuestLoad guest : pool.guests()) {
                if (failed.contains(guest.host())) {
                    lost.add(guest);
                } else {
                    places.put(guest.name(), guest.host());
                }
            }
            return place(pool, failed, lost, 0, places);
        }

        private static boolean place(
                PoolLoad pool, List<String> failed, List<GuestLoad> lost, int next, Map<String, String> places) {
            if (next == lost.size()) {
                return true;
            }
            GuestLoad guest = lost.get(next);
            for (HostLoad host : pool.hosts()) {
                if (!failed.contains(host.name()) && may(pool, guest, host, lost, places)) {
                    places.put(guest.name(), host.name());
                    if (place(pool, failed, lost, next + 1, places)) {
                        return true;
                    }
                    places.remove(guest.name());
                }
            }
            return false;
        }

        static boolean isAllowed(PoolLoad pool, Survival survival) {
            Map<String, String> places = new HashMap<>();
            pool.guests().stream()
                    .filter(guest -> !survival.hosts().contains(guest.host()))
                    .forEach(guest -> places.put(guest.name(), guest.host()));
            List<GuestLoad> lost = pool.guests().stream()
                    .filter(guest -> survival.hosts().contains(guest.host()))
                    .toList();
            for (Move move : survival.moves()) {
                GuestLoad guest = lost.stream()
                        .filter(one -> one.name().equals(move.guest()))
                        .findFirst()
                        .orElseThrow();
                HostLoad host = pool.hosts().stream()
                        .filter(one -> one.name().equals(move.to()))
                        .findFirst()
                        .orElseThrow();
                if (survival.hosts().contains(move.to()) || !may(pool, guest, host, lost, places)) {
                    return false;
                }
                places.put(move.guest(), move.to());
            }
            return true;
        }

        private static boolean may(
                PoolLoad pool, GuestLoad guest, HostLoad host, List<GuestLoad> lost, Map<String, String> places) {
            long memory = host.taken().memoryBytes() + guest.need().memoryBytes();
            double vcpus = host.taken().vcpus() + guest.need().vcpus();
            for (GuestLoad other : pool.guests()) {
                if (host.name().equals(places.get(other.name()))) {
                    memory += other.need().memoryBytes();
                    vcpus += other.need().vcpus();
                }
            }
            return host.state() == HostLoad.State.ONLINE
                    && memory <= host.limit().memoryBytes()
                    && vcpus <= host.limit().vcpus()
                    && host.facilities().containsAll(guest.facilities())
                    && host.hypervisorVersion().compareTo(guest.hypervisorVersion()) >= 0
                    && pool.rules().stream().allMatch(rule -> keeps(pool, rule, guest, host, lost, places));
        }

        private static boolean keeps(
                PoolLoad pool,
                Rule rule,
                GuestLoad guest,
                HostLoad host,
                List<GuestLoad> lost,
                Map<String, String> places) {
            if (!rule.hard() || !rule.guests().contains(guest.name())) {
                return true;
            }
            return switch (rule.kind()) {
                case ON -> rule.hosts().contains(host.name());
                case NOT_ON -> !rule.hosts().contains(host.name());
                case APART ->
                    near(pool, rule, guest, places, other -> other.name().equals(host.name()));
                case DOMAINS_APART ->
                    near(
                            pool,
                            rule,
                            guest,
                            places,
                            other -> other.failureDomain().equals(host.failureDomain()));
                // Guests that were together stay together; those that were apart may be anywhere.
                case TOGETHER ->
                    !wereTogether(pool, rule)
                            || lost.stream()
                                    .filter(other -> rule.guests().contains(other.name()))
                                    .map(other -> places.get(other.name()))
                                    .allMatch(place -> place == null || place.equals(host.name()));
            };
        }

        private static boolean wereTogether(PoolLoad pool, Rule rule) {
            return pool.guests().stream()
                            .filter(other -> rule.guests().contains(other.name()))
                            .map(GuestLoad::host)
                            .distinct()
                            .count()
                    == 1;
        }

        private static boolean near(
                PoolLoad pool,
                Rule rule,
                GuestLoad guest,
                Map<String, String> places,
                java.util.function.Predicate<HostLoad> isNear) {
            return rule.guests().stream()
                    .filter(name -> !name.equals(guest.name()))
                    .map(places::get)
                    .noneMatch(place -> place != null
                            && pool.hosts().stream()
                                    .filter(other -> other.name().equals(place))
                                    .anyMatch(isNear));
        }
    }
}
