package org.vfrt.core.warm;

import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.vfrt.core.checkpoint.CheckpointStore;
import org.vfrt.core.checkpoint.Manifest;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.placement.Candidate;
import org.vfrt.core.placement.ChooseHost;
import org.vfrt.core.placement.HostLoad;
import org.vfrt.core.placement.Metric;
import org.vfrt.core.placement.ObservePool;
import org.vfrt.core.placement.PoolLoad;
import org.vfrt.core.pool.Definition;
import org.vfrt.core.pool.OpenPool;
import org.vfrt.core.pool.Pool;
import org.vfrt.core.pool.Version;
import org.vfrt.core.standby.Placement;
import org.vfrt.core.standby.Protection;

/** Ranks hosts by the scorer that every restore uses. Safe for several threads. */
public final class ScoredPlacement implements Placement {

    private final Pool pool;
    private final ObservePool observation;
    private final CheckpointStore store;
    private final Clock clock;

    public ScoredPlacement(Pool pool, ObservePool observation, CheckpointStore store, Clock clock) {
        this.pool = pool;
        this.observation = observation;
        this.store = store;
        this.clock = clock;
    }

    @Override
    public Ranking rank(Protection protection, Purpose purpose, Set<String> excluded) {
        try (OpenPool hosts = pool.open()) {
            Optional<Manifest> newest = WarmCopies.newest(store, protection.guest(), clock.instant());
            if (purpose == Purpose.ACTIVATION) {
                return newest.map(manifest -> arriving(hosts, manifest, excluded))
                        .orElseGet(() -> new Ranking(
                                List.of(),
                                List.of(new Reason(
                                        "no-copy",
                                        "there is no checkpoint of guest '" + protection.name() + "'",
                                        "See 'vfrt checkpoint list'."))));
            }
            return keeping(observation.run(hosts).load(), protection, excluded);
        }
    }

    private Ranking arriving(OpenPool hosts, Manifest manifest, Set<String> excluded) {
        ObservePool.Expecting expecting = observation.run(
                hosts,
                new ObservePool.Newcomer(
                        Definition.parse(store.definition(manifest.id())),
                        manifest.hostName(),
                        Version.ofText(manifest.hypervisorVersion())));
        return ranking(new ChooseHost(Metric.BALANCE).run(expecting.observed().load(), expecting.guest()), excluded);
    }

    /** A host of the guest's own failure domain would die together with it. */
    private static Ranking keeping(PoolLoad load, Protection protection, Set<String> excluded) {
        boolean known = load.guests().stream().anyMatch(guest -> guest.name().equals(protection.name()));
        if (!known) {
            return new Ranking(
                    List.of(),
                    List.of(new Reason(
                            "guest-not-seen",
                            "guest '" + protection.name() + "' runs on no host that answers",
                            "See 'vfrt host check'.")));
        }
        Set<String> together = load.guests().stream()
                .filter(guest -> guest.name().equals(protection.name()))
                .flatMap(guest -> dyingWith(load, guest.host()))
                .collect(Collectors.toSet());
        together.addAll(excluded);
        return ranking(new ChooseHost(Metric.BALANCE).run(load, protection.name()), together);
    }

    private static Stream<String> dyingWith(PoolLoad load, String host) {
        Set<String> domains = load.hosts().stream()
                .filter(one -> one.name().equals(host))
                .map(HostLoad::failureDomain)
                .collect(Collectors.toSet());
        return load.hosts().stream()
                .filter(one -> domains.contains(one.failureDomain()))
                .map(HostLoad::name);
    }

    private static Ranking ranking(List<Candidate> candidates, Set<String> excluded) {
        List<String> fit = new ArrayList<>();
        List<Reason> rejections = new ArrayList<>();
        for (Candidate candidate : candidates) {
            if (excluded.contains(candidate.host())) {
                continue;
            }
            if (candidate.accepted()) {
                fit.add(candidate.host());
            } else {
                candidate
                        .rejections()
                        .forEach(rejection -> rejections.add(new Reason(
                                rejection.code().text(), "host '" + candidate.host() + "': " + rejection.text(), "")));
            }
        }
        return new Ranking(fit, rejections);
    }
}
