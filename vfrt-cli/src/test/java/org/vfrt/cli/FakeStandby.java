package org.vfrt.cli;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.vfrt.core.claim.MemoryRegister;
import org.vfrt.core.evidence.Evidence;
import org.vfrt.core.evidence.EvidenceRecords;
import org.vfrt.core.evidence.Leases;
import org.vfrt.core.evidence.ProveDeath;
import org.vfrt.core.evidence.Watch;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.pool.Host;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.pool.Pool;
import org.vfrt.core.process.Ticker;
import org.vfrt.core.standby.Activator;
import org.vfrt.core.standby.Health;
import org.vfrt.core.standby.Identity;
import org.vfrt.core.standby.Permits;
import org.vfrt.core.standby.Placement;
import org.vfrt.core.standby.Protection;
import org.vfrt.core.standby.StaleCopies;
import org.vfrt.core.standby.StandbyCaptures;
import org.vfrt.core.standby.StandbyRules;
import org.vfrt.core.standby.StandbyWorld;
import org.vfrt.core.standby.Tier;

/** What standby's commands meet on made-up hosts: every host that answers is set up, and captures are over at once. */
final class FakeStandby {

    private FakeStandby() {}

    static StandbyWorld of(Pool pool, Instant now) {
        MemoryRegister register = new MemoryRegister();
        Clock clock = Clock.fixed(now, ZoneOffset.UTC);
        Permits permits = new Given();
        Watch watch = host -> {
            try (Hypervisor there = pool.connect(host)) {
                return Watch.Sighting.alive(permits.standing(there).boot());
            } catch (Failure e) {
                return Watch.Sighting.silent(e.getMessage());
            }
        };
        EvidenceRecords evidence = new EvidenceRecords(register, EnumSet.allOf(Evidence.Kind.class));
        Ticker ticker = new Passing();
        return new StandbyWorld(
                register,
                pool,
                permits,
                watch,
                evidence,
                new ProveDeath(evidence, host -> List.of(), Leases.NONE, watch, clock, ticker, Duration.ofSeconds(60)),
                new Copies(now),
                new Started(),
                (protection, host) -> Health.Verdict.HEALTHY,
                (guest, name, host) -> {},
                (protection, purpose, excluded) -> fit(pool, excluded),
                new Nothing(),
                Identity.PROCESS,
                clock,
                ticker,
                StandbyRules.DEFAULT);
    }

    private static Placement.Ranking fit(Pool pool, Set<String> excluded) {
        return new Placement.Ranking(
                pool.hosts().stream()
                        .map(Host::name)
                        .filter(host -> !excluded.contains(host))
                        .toList(),
                List.of());
    }

    private static final class Passing implements Ticker {

        private Duration elapsed = Duration.ofDays(1);

        @Override
        public Duration elapsed() {
            return elapsed;
        }

        @Override
        public void sleep(Duration time) {
            elapsed = elapsed.plus(time);
        }
    }

    private static final class Given implements Permits {

        private final Map<String, Map<UUID, Guarded>> hosts = new HashMap<>();

        private Map<UUID, Guarded> at(Hypervisor host) {
            return hosts.computeIfAbsent(host.host().name(), name -> new HashMap<>());
        }

        @Override
        public Standing standing(Hypervisor host) {
            return new Standing("boot-of-" + host.host().name(), true, true, new ArrayList<>(at(host).values()));
        }

        @Override
        public void guard(Hypervisor host, UUID guest, String name) {
            at(host).putIfAbsent(guest, new Guarded(guest, name, 0, Optional.empty()));
        }

        @Override
        public void unguard(Hypervisor host, UUID guest) {
            at(host).remove(guest);
        }

        @Override
        public void give(Hypervisor host, String boot, UUID guest, long epoch) {
            at(host).computeIfPresent(
                            guest, (uuid, before) -> new Guarded(uuid, before.name(), epoch, Optional.of(epoch)));
        }

        @Override
        public void withdraw(Hypervisor host, UUID guest, long epoch) {
            at(host).computeIfPresent(
                            guest, (uuid, before) -> new Guarded(uuid, before.name(), epoch, Optional.empty()));
        }

        @Override
        public void rejoin(Hypervisor host, String boot) {}
    }

    private record Copies(Instant now) implements StandbyCaptures {

        /** Guest mail has a disk, and its host an old Xen. */
        @Override
        public List<Reason> obstacles(Protection protection, String from) {
            return protection.tier() == Tier.WARM || !protection.name().equals("mail")
                    ? List.of()
                    : List.of(
                            new Reason(
                                    "disks-not-in-epochs",
                                    "the guest can write to xvda, and an epoch holds memory only",
                                    "Use the warm tier."),
                            new Reason(
                                    "no-remus",
                                    "the 'xl' of host '" + from + "' knows no 'remus'",
                                    "Use the warm tier there."));
        }

        @Override
        public Feed begin(Protection protection, String from, String to) {
            return new Feed() {
                @Override
                public StandbyCaptures.Progress look() {
                    return new StandbyCaptures.Progress(false, Optional.of(now), Optional.empty());
                }

                @Override
                public void stop() {}
            };
        }

        @Override
        public Optional<Copy> newest(Protection protection) {
            return protection.standby().map(host -> new Copy(now.minusSeconds(12), host));
        }

        @Override
        public boolean holds(Protection protection, String host) {
            return false;
        }

        @Override
        public void handOver(Protection protection, String from, String to, long epoch) {}
    }

    private static final class Started implements Activator {

        @Override
        public Way start(Start start, Consumer<List<Way>> announcement) {
            Way way = new Way("memory", Duration.ofSeconds(12), List.of());
            announcement.accept(List.of(way));
            return way;
        }

        @Override
        public void settle(Start start) {}
    }

    private static final class Nothing implements StaleCopies {

        private final Set<UUID> removed = new HashSet<>();

        @Override
        public List<String> find(String host, List<UUID> guests) {
            return guests.stream()
                    .filter(guest -> !removed.contains(guest))
                    .map(guest -> "the autostart of guest '" + guest + "'")
                    .collect(Collectors.toList());
        }

        @Override
        public void remove(String host, List<UUID> guests) {
            removed.addAll(guests);
        }
    }
}
