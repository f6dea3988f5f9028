package org.vfrt.core.checkpoint;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.failure.Temporary;
import org.vfrt.core.placement.Candidate;
import org.vfrt.core.placement.ChooseHost;
import org.vfrt.core.placement.Metric;
import org.vfrt.core.placement.ObservePool;
import org.vfrt.core.placement.Rejection;
import org.vfrt.core.pool.Definition;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.pool.OpenPool;
import org.vfrt.core.pool.Version;

/**
 * Where a guest is restored, and why there.
 *
 * @param host empty when no host takes it
 * @param reason why this one; why none when there is none
 * @param rejections of each host, when none takes it
 * @param notes what an operator should know
 */
record TargetChoice(Optional<Hypervisor> host, String reason, List<Reason> rejections, List<String> notes) {

    private static final String CODE = "no-host-fits";

    TargetChoice {
        rejections = List.copyOf(rejections);
        notes = List.copyOf(notes);
    }

    /**
     * Takes the host that was asked for; else the one the checkpoint came from, if the scorer accepts the guest there; else the one that the
     * scorer ranks first.
     *
     * @param comingAlong the paths of disks that its host need not have
     * @throws org.vfrt.core.failure.NotFound when the host that was asked for is not in the pool
     * @throws Temporary when no host answers
     */
    static TargetChoice of(
            Optional<String> asked,
            Manifest manifest,
            Definition definition,
            Set<String> comingAlong,
            OpenPool hosts,
            ObservePool observation) {
        if (asked.isPresent()) {
            return new TargetChoice(Optional.of(hosts.host(asked.get())), "asked for", List.of(), List.of());
        }
        if (hosts.answering().isEmpty()) {
            throw new Temporary("no-host-answers", "no host of the pool answers", "See 'vfrt host check'.");
        }
        Optional<String> home = hosts.answering().stream()
                .filter(manifest::takenOn)
                .map(host -> host.host().name())
                .findFirst();
        ObservePool.Expecting expecting = observation.run(
                hosts,
                new ObservePool.Newcomer(
                        definition,
                        home.orElse(manifest.hostName()),
                        Version.ofText(manifest.hypervisorVersion()),
                        comingAlong));
        List<Candidate> candidates =
                new ChooseHost(Metric.BALANCE).run(expecting.observed().load(), expecting.guest());
        Optional<Candidate> atHome = candidates.stream()
                .filter(one -> home.filter(one.host()::equals).isPresent())
                .findFirst();
        if (atHome.filter(Candidate::accepted).isPresent()) {
            return chosen(hosts, atHome.get(), "the checkpoint was taken there", List.of());
        }
        List<Candidate> accepted =
                candidates.stream().filter(Candidate::accepted).toList();
        if (accepted.isEmpty()) {
            return new TargetChoice(
                    Optional.empty(),
                    "no host takes it",
                    candidates.stream().map(TargetChoice::rejected).toList(),
                    List.of());
        }
        return chosen(
                hosts,
                accepted.get(0),
                accepted.size() == 1 ? "the only host that takes it" : "the scorer ranks it first",
                atHome
                        .map(one -> "host '" + one.host() + "', where the checkpoint was taken, does not take it: "
                                + why(one))
                        .stream()
                        .toList());
    }

    private static TargetChoice chosen(OpenPool hosts, Candidate candidate, String reason, List<String> notes) {
        return new TargetChoice(Optional.of(hosts.host(candidate.host())), reason, List.of(), notes);
    }

    private static Reason rejected(Candidate candidate) {
        return new Reason(
                CODE,
                "host '" + candidate.host() + "' does not take it: " + why(candidate),
                "Make room there, or name a host with '--to': then only what is impossible is in the way.");
    }

    private static String why(Candidate candidate) {
        return candidate.rejections().stream().map(Rejection::text).collect(Collectors.joining(", "));
    }
}
