package org.vfrt.core.placement;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
