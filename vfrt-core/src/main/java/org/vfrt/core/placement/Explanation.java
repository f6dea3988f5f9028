package org.vfrt.core.placement;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Takes one move apart: what forbids it, with numbers, and what it adds to the score, host by host and resource by resource. */
final class Explanation {

    private static final long MIB = 1 << 20;

    private final PoolLoad pool;
    private final Layout layout;

    Explanation(PoolLoad pool, Layout layout) {
        this.pool = pool;
        this.layout = layout;
    }

    /** Explains a migration. */
    Candidate of(int unit, int to) {
        String host = pool.hosts().get(to).name();
        return of(
                unit,
                to,
                guest -> Stream.concat(
                        guest.bound().stream(),
                        Optional.ofNullable(guest.barred().get(host)).stream()));
    }

    /** Explains a start on another host, of guests that do not run any more: what only forbids a migration does not count. */
    Candidate ofStart(int unit, int to) {
        Candidate candidate = of(unit, to, guest -> guest.bound().stream().filter(bound -> guest.diesWithHost()));
        if (layout.diesWithHost(unit)) {
            // Room would not help.
            return new Candidate(
                    candidate.host(),
                    candidate.rejections().stream()
                            .filter(one -> one.code() == Rejection.Code.PASSTHROUGH)
                            .toList(),
                    candidate.contributions());
        }
        if (!candidate.accepted()) {
            return candidate;
        }
        return new Candidate(
                candidate.host(),
                List.of(new Rejection(
                        Rejection.Code.AFFINITY, "has no place for all guests that it is kept together with")),
                candidate.contributions());
    }

    /** Explains why a guest of a unit does not go without the others of it; empty when it is the only one. */
    Optional<Rejection> ofLeaving(int unit, String guest) {
        List<String> others = new ArrayList<>(layout.names(unit));
        others.remove(guest);
        return pool.rules().stream()
                .filter(rule -> rule.hard() && rule.kind() == Rule.Kind.TOGETHER)
                .filter(rule -> rule.guests().contains(guest) && others.stream().anyMatch(rule.guests()::contains))
                .findFirst()
                .map(rule -> new Rejection(
                        Rejection.Code.AFFINITY,
                        "rule '" + rule.name() + "' keeps it with "
                                + quoted(others.stream()
                                        .filter(rule.guests()::contains)
                                        .toList())
                                + ", which would stay"));
    }

    /** Explains the start of a guest that is on no host of the pool. */
    Candidate ofNewcomer(int unit, int to) {
        List<Rejection> rejections = new ArrayList<>(of(unit, to).rejections());
        for (Rule rule : pool.rules()) {
            if (rule.hard() && rule.kind() == Rule.Kind.TOGETHER && isAbout(rule, unit)) {
                Optional<String> there = others(rule, unit, host -> host == to);
                Optional<String> elsewhere = others(rule, unit, host -> host != to);
                if (there.isEmpty()) {
                    elsewhere.ifPresent(names -> rejections.add(new Rejection(
                            Rejection.Code.AFFINITY, "rule '" + rule.name() + "' keeps it with " + names)));
                }
            }
        }
        return new Candidate(pool.hosts().get(to).name(), rejections, layout.contributions(unit, to));
    }

    private Candidate of(int unit, int to, Function<GuestLoad, Stream<GuestLoad.Bound>> bound) {
        List<Rejection> rejections = new ArrayList<>();
        HostLoad host = pool.hosts().get(to);
        rejectByState(host, rejections);
        for (int guest : layout.members(unit)) {
            bound.apply(pool.guests().get(guest))
                    .forEach(why -> rejections.add(new Rejection(why.code(), why.reason())));
        }
        // Of a host that does not answer nothing else is known.
        if (host.state() != HostLoad.State.UNKNOWN) {
            for (int guest : layout.members(unit)) {
                rejectByGuest(pool.guests().get(guest), host, rejections);
            }
            rejectByRoom(unit, to, host, rejections);
        }
        rejectByRules(unit, to, host, rejections);
        return new Candidate(host.name(), rejections, layout.contributions(unit, to));
    }

    private static void rejectByState(HostLoad host, List<Rejection> rejections) {
        switch (host.state()) {
            case ONLINE -> {}
            case LEAVING -> rejections.add(new Rejection(Rejection.Code.STATE, "is being emptied"));
            case UNKNOWN ->
                rejections.add(new Rejection(Rejection.Code.STALE_METRICS, "does not answer, or not for too long"));
        }
    }

    private static void rejectByGuest(GuestLoad guest, HostLoad host, List<Rejection> rejections) {
        for (Facility facility : guest.facilities()) {
            if (!host.facilities().contains(facility)) {
                rejections.add(missing(facility));
            }
        }
        if (host.hypervisorVersion().compareTo(guest.hypervisorVersion()) < 0) {
            rejections.add(new Rejection(
                    Rejection.Code.XEN_VERSION,
                    "has version " + host.hypervisorVersion() + ", older than " + guest.hypervisorVersion()
                            + ", which the guest runs on"));
        }
    }

    private static Rejection missing(Facility facility) {
        return switch (facility.kind()) {
            case NETWORK -> new Rejection(Rejection.Code.NETWORK, "has no network '" + facility.name() + "'");
            case STORAGE -> new Rejection(Rejection.Code.STORAGE, "does not reach '" + facility.name() + "'");
            case CPU_FEATURE -> new Rejection(Rejection.Code.CPU_COMPAT, "has a CPU without '" + facility.name() + "'");
            case HYPERVISOR -> new Rejection(Rejection.Code.HYPERVISOR, "cannot do '" + facility.name() + "'");
        };
    }

    private void rejectByRoom(int unit, int to, HostLoad host, List<Rejection> rejections) {
        double memory = layout.need(unit, Resource.MEMORY.column());
        double freeMemory = layout.free(to, Resource.MEMORY.column());
        if (memory > freeMemory) {
            rejections.add(new Rejection(
                    Rejection.Code.MEMORY,
                    "needs " + mebibytes((long) memory) + ", free " + mebibytes((long) Math.max(0, freeMemory)) + " of "
                            + mebibytes(host.limit().memoryBytes())));
        }
        double vcpus = layout.need(unit, Resource.VCPUS.column());
        double freeVcpus = layout.free(to, Resource.VCPUS.column());
        if (vcpus > freeVcpus) {
            rejections.add(new Rejection(
                    Rejection.Code.VCPU_LIMIT,
                    "needs " + number(vcpus) + " virtual CPUs, free " + number(Math.max(0, freeVcpus)) + " of "
                            + number(host.limit().vcpus())));
        }
    }

    private void rejectByRules(int unit, int to, HostLoad host, List<Rejection> rejections) {
        for (Rule rule : pool.rules()) {
            if (rule.hard() && isAbout(rule, unit)) {
                rejection(rule, unit, to, host).ifPresent(rejections::add);
            }
        }
    }

    private boolean isAbout(Rule rule, int unit) {
        for (int guest : layout.members(unit)) {
            if (rule.guests().contains(pool.guests().get(guest).name())) {
                return true;
            }
        }
        return false;
    }

    private Optional<Rejection> rejection(Rule rule, int unit, int to, HostLoad host) {
        return switch (rule.kind()) {
            case ON ->
                rule.hosts().contains(host.name())
                        ? Optional.empty()
                        : Optional.of(new Rejection(
                                Rejection.Code.PIN,
                                "rule '" + rule.name() + "' allows " + quoted(rule.hosts()) + " only"));
            case NOT_ON ->
                rule.hosts().contains(host.name())
                        ? Optional.of(new Rejection(Rejection.Code.EXCLUDED, "rule '" + rule.name() + "' excludes it"))
                        : Optional.empty();
            case APART, DOMAINS_APART ->
                others(rule, unit, other -> isNear(rule, other, to))
                        .map(names -> new Rejection(
                                Rejection.Code.ANTI_AFFINITY,
                                "rule '" + rule.name() + "' keeps it apart from " + names));
            case TOGETHER ->
                layout.breaks(rule, unit, to)
                        ? Optional.of(new Rejection(
                                Rejection.Code.AFFINITY,
                                "rule '" + rule.name() + "' keeps it with guests that are elsewhere"))
                        : Optional.empty();
        };
    }

    private boolean isNear(Rule rule, int host, int to) {
        return rule.kind() == Rule.Kind.APART
                ? host == to
                : pool.hosts()
                        .get(host)
                        .failureDomain()
                        .equals(pool.hosts().get(to).failureDomain());
    }

    /** Returns the other guests of the rule that are on such hosts, or would come along. */
    private Optional<String> others(Rule rule, int unit, IntPredicate onHost) {
        TreeSet<String> found = new TreeSet<>();
        for (int other = 0; other < layout.units(); other++) {
            if (other == unit ? bringsSeveral(rule, unit) : onHost.test(layout.hostOf(other))) {
                for (int guest : layout.members(other)) {
                    String name = pool.guests().get(guest).name();
                    if (rule.guests().contains(name)) {
                        found.add(name);
                    }
                }
            }
        }
        return found.isEmpty() ? Optional.empty() : Optional.of(quoted(found));
    }

    /** Rules may contradict each other: what one keeps together another keeps apart. */
    private boolean bringsSeveral(Rule rule, int unit) {
        return IntStream.of(layout.members(unit))
                        .filter(guest ->
                                rule.guests().contains(pool.guests().get(guest).name()))
                        .count()
                > 1;
    }

    private static String quoted(Iterable<String> names) {
        TreeSet<String> sorted = new TreeSet<>();
        names.forEach(name -> sorted.add("'" + name + "'"));
        return String.join(", ", sorted);
    }

    static String mebibytes(long bytes) {
        return String.format(Locale.ROOT, "%,d MiB", (bytes + MIB - 1) / MIB);
    }

    private static String number(double value) {
        return value == Math.rint(value) ? Long.toString((long) value) : String.format(Locale.ROOT, "%.1f", value);
    }
}
