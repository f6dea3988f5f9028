package org.vfrt.core.placement;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.pool.Definition;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.GuestState;
import org.vfrt.core.pool.HostEquipment;
import org.vfrt.core.pool.HostFacts;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.pool.OpenPool;
import org.vfrt.core.pool.SameMachine;
import org.vfrt.core.pool.Version;

/** Asks the hosts of a pool, all at once, what they carry. */
public final class ObservePool {

    /** What one virtual CPU is taken to use while nothing was measured. */
    private static final double UNKNOWN_CPUS_PER_VCPU = 0.1;

    private static final long MEMORY_WITHOUT_END = 1L << 60;

    private static final Version ANY = new Version(0, 0, 0);

    private final PlacementSettings settings;
    private final LoadHistoryFile file;
    private final Clock clock;

    /** @param file where samples are kept from one run of vfrt to the next */
    public ObservePool(PlacementSettings settings, LoadHistoryFile file, Clock clock) {
        this.settings = settings;
        this.file = file;
        this.clock = clock;
    }

    /**
     * What was seen.
     *
     * @param history the one that was given, with a sample more of each host
     * @param notes in words, what is not known and what was taken instead
     */
    public record Observed(PoolLoad load, LoadHistory history, List<String> notes, Map<String, Set<String>> leftOut) {

        public Observed {
            notes = List.copyOf(notes);
        }

        /**
         * Makes sure that all that runs on a host is looked at.
         *
         * @throws Refused when it is not: a plan for such a host would leave guests behind
         */
        public void demandAllOf(String host) {
            Set<String> names = leftOut.getOrDefault(host, Set.of());
            if (!names.isEmpty()) {
                throw new Refused(
                        "guests-left-out",
                        "guests run on host '" + host
                                + "' that a plan does not look at, because others of their names, or the same ones, run"
                                + " elsewhere: '" + String.join("', '", names) + "'",
                        "'vfrt guest list' shows them all; give one of them another name, or end the one that is wrong.");
            }
        }
    }

    /**
     * A guest that does not run and is to be started.
     *
     * @param cameFrom the host it ran on last, as the configuration calls it
     * @param hypervisorVersion the version it ran on
     * @param comingAlong the paths of disks that are brought to its host, and need not be there
     */
    public record Newcomer(Definition definition, String cameFrom, Version hypervisorVersion, Set<String> comingAlong) {

        public Newcomer {
            comingAlong = Set.copyOf(comingAlong);
        }

        /** A guest whose host must have its disks. */
        public Newcomer(Definition definition, String cameFrom, Version hypervisorVersion) {
            this(definition, cameFrom, hypervisorVersion, Set.of());
        }

        private boolean is(Running running) {
            return running.guest.uuid().equals(definition.uuid())
                    || running.guest.name().equals(definition.name());
        }
    }

    /**
     * What was seen, and a guest that is to come.
     *
     * @param observed the pool without the guest, wherever it may be; rules that are about the guest are in it
     */
    public record Expecting(Observed observed, GuestLoad guest) {}

    private record Running(Guest guest, Definition definition) {}

    /** What one host says. */
    private record Report(HostFacts facts, Duration ownCpuTime, List<Running> running) {}

    /** A host that answered once may fall silent in the middle, and the others are none the worse for it. */
    private record Answer(Optional<Report> report, Optional<Failure> failure) {

        static Answer of(Hypervisor host) {
            try {
                return new Answer(Optional.of(ObservePool.report(host)), Optional.empty());
            } catch (Failure e) {
                return new Answer(Optional.empty(), Optional.of(e));
            }
        }
    }

    /**
     * Asks, and keeps a sample more of each host.
     *
     * @throws BadInput when the configuration names one machine twice: what is free there would count twice, and guests would go to where they are
     */
    public Observed run(OpenPool pool) {
        return keep(run(pool, file.read(), clock.instant()));
    }

    /**
     * Asks, for a guest that is to come, and keeps a sample more of each host. One machine with two names is only noted: who brings a guest back after
     * an outage has to be able to.
     */
    public Expecting run(OpenPool pool, Newcomer newcomer) {
        Expecting expecting = run(pool, newcomer, file.read(), clock.instant());
        return new Expecting(keep(expecting.observed), expecting.guest);
    }

    private Observed keep(Observed observed) {
        try {
            file.write(observed.history);
            return observed;
        } catch (IOException e) {
            List<String> notes = new ArrayList<>(observed.notes);
            notes.add("the use of CPUs could not be kept for later runs: " + e.getMessage());
            return new Observed(observed.load, observed.history, notes, observed.leftOut);
        }
    }

    /** Asks. A host that does not answer is in the result, as one that nobody comes to and nobody goes from. */
    Observed run(OpenPool pool, LoadHistory before, Instant now) {
        Seen seen = look(pool, Optional.empty(), before, now);
        seen.twins.ifPresent(refusal -> {
            throw refusal;
        });
        return seen.observed;
    }

    Expecting run(OpenPool pool, Newcomer newcomer, LoadHistory before, Instant now) {
        Seen seen = look(pool, Optional.of(newcomer), before, now);
        return new Expecting(seen.observed, seen.newcomer.orElseThrow());
    }

    /** @param twins how hosts that are one machine are refused */
    private record Seen(Observed observed, Optional<GuestLoad> newcomer, Optional<BadInput> twins) {}

    private Seen look(OpenPool pool, Optional<Newcomer> newcomer, LoadHistory before, Instant now) {
        List<String> notes = new ArrayList<>();
        Map<Hypervisor, Report> reports = new LinkedHashMap<>();
        Map<String, Failure> failures = new LinkedHashMap<>();
        pool.silent().forEach((host, failure) -> failures.put(host.name(), failure));
        pool.askAll(Answer::of).forEach((host, answer) -> {
            answer.report.ifPresent(report -> reports.put(host, report));
            answer.failure.ifPresent(failure -> failures.put(host.host().name(), failure));
        });
        LoadHistory history = before;
        for (Map.Entry<Hypervisor, Report> entry : reports.entrySet()) {
            history = history.with(entry.getKey().host().name(), sample(entry.getValue(), now));
        }
        Set<String> paths = reports.values().stream()
                .flatMap(report -> report.running.stream())
                .flatMap(running -> running.definition.diskPaths().stream())
                .collect(Collectors.toCollection(HashSet::new));
        newcomer.ifPresent(one -> paths.addAll(one.definition.diskPaths()));
        Map<Hypervisor, HostEquipment> equipment = pool.askAll(host -> equipment(host, paths));
        Optional<BadInput> twins = SameMachine.among(equipment);
        twins.ifPresent(refusal -> notes.add(refusal.getMessage()));
        Needs needs = new Needs(
                Stream.concat(
                                reports.values().stream()
                                        .flatMap(report -> report.running.stream())
                                        .map(Running::definition),
                                newcomer.map(Newcomer::definition).stream())
                        .toList(),
                equipment);
        Map<UUID, Hypervisor> homes = homes(reports);
        List<HostLoad> hosts = new ArrayList<>();
        List<GuestLoad> guests = new ArrayList<>();
        Set<String> unmeasured = new HashSet<>();
        Map<String, Running> counted = new LinkedHashMap<>();
        Map<String, Set<String>> namesakes = new LinkedHashMap<>();
        Map<String, Set<String>> leftOut = new LinkedHashMap<>();
        for (Map.Entry<Hypervisor, Report> entry : reports.entrySet()) {
            String name = entry.getKey().host().name();
            Report report = entry.getValue();
            long needed = 0;
            for (Running running : report.running) {
                if (newcomer.filter(one -> one.is(running)).isPresent()) {
                    continue;
                }
                Hypervisor home = homes.getOrDefault(running.guest.uuid(), entry.getKey());
                if (home != entry.getKey()) {
                    leftOut.computeIfAbsent(name, first -> new TreeSet<>()).add(running.guest.name());
                    notes.add("guest '" + running.guest.name() + "' is active on host '"
                            + home.host().name() + "' and on host '" + name
                            + "': unless it is being migrated, see 'vfrt migrate repair'");
                    continue;
                }
                if (counted.putIfAbsent(running.guest.name(), running) != null) {
                    namesakes
                            .computeIfAbsent(running.guest.name(), first -> new HashSet<>())
                            .add(name);
                    leftOut.computeIfAbsent(name, first -> new TreeSet<>()).add(running.guest.name());
                    notes.add("another guest is called '" + running.guest.name() + "', so that on host '" + name
                            + "' is not looked at: what it has counts as taken");
                    continue;
                }
                GuestLoad load = guest(name, running, report.facts, history, needs, now, unmeasured);
                guests.add(load);
                needed += load.need().memoryBytes();
            }
            hosts.add(host(name, report, needed, needs.offered(entry.getKey()), history.ownCpus(name, now), notes));
        }
        failures.forEach((host, failure) -> {
            hosts.add(silent(host));
            notes.add("no guest goes to host '" + host + "' or comes from there: " + failure.getMessage());
        });
        if (!unmeasured.isEmpty()) {
            notes.add("the use of CPUs is not measured yet for " + unmeasured.size()
                    + " guest(s): taken for a tenth of a CPU for each virtual one");
        }
        Map<String, Map<String, String>> labels = labels(counted.values(), newcomer);
        Map<String, String> places = new HashMap<>();
        newcomer.ifPresent(one -> places.put(one.definition.name(), one.cameFrom));
        guests.forEach(guest -> places.put(guest.name(), guest.host()));
        notes.addAll(LabelRules.mistakes(
                labels, places, hosts.stream().map(HostLoad::name).collect(Collectors.toSet())));
        Observed observed = new Observed(
                new PoolLoad(hosts, guests, rules(counted.values(), labels, namesakes, newcomer)),
                history,
                notes,
                leftOut);
        LoadHistory known = history;
        return new Seen(observed, newcomer.map(one -> expected(one, known, needs, now)), twins);
    }

    private static GuestLoad expected(Newcomer newcomer, LoadHistory history, Needs needs, Instant now) {
        Definition definition = newcomer.definition;
        Set<Facility> needed = needs.of(newcomer.cameFrom, definition);
        newcomer.comingAlong.forEach(path -> needed.remove(new Facility(Facility.Kind.STORAGE, path)));
        return new GuestLoad(
                definition.name(),
                definition.uuid(),
                newcomer.cameFrom,
                need(definition, definition.vcpus(), history.cpus(newcomer.cameFrom, definition.uuid(), now)),
                needed,
                newcomer.hypervisorVersion,
                Optional.empty(),
                0);
    }

    /**
     * A guest that is just being migrated may be seen on both hosts: it is where it runs, or else where it was seen first. What it has on the other
     * is taken memory there.
     */
    private static Map<UUID, Hypervisor> homes(Map<Hypervisor, Report> reports) {
        Map<UUID, Hypervisor> homes = new HashMap<>();
        reports.forEach((host, report) -> report.running.forEach(running -> homes.merge(
                running.guest.uuid(),
                host,
                (before, other) -> running.guest.state().running() ? other : before)));
        return homes;
    }

    private static Report report(Hypervisor host) {
        List<Running> running = new ArrayList<>();
        for (Guest guest : host.guests()) {
            if (guest.state().active()) {
                running.add(new Running(guest, Definition.parse(host.definition(guest.uuid()))));
            }
        }
        return new Report(host.facts(), host.ownCpuTime(), running);
    }

    private static HostEquipment equipment(Hypervisor host, Set<String> paths) {
        try {
            return host.equipment(paths);
        } catch (Failure e) {
            return HostEquipment.UNKNOWN;
        }
    }

    private static LoadSample sample(Report report, Instant now) {
        return new LoadSample(
                now,
                report.ownCpuTime,
                report.running.stream().map(Running::guest).collect(Collectors.toMap(Guest::uuid, Guest::cpuTime)));
    }

    /**
     * Free memory and what the guests that are known have is what guests can have: what Xen, Domain-0 and guests of others take is out
     * of it, whatever that is. The numbers of libvirt's test driver are made up, and so are its guests': there is always room.
     *
     * <p>Use is a share of that. Where next to nothing is left, because Domain-0 or others have it, any guest would be a use of thousands, against which
     * no other host counts: there use is a share of what the guests have, and of no less than a host keeps in reserve.
     */
    private HostLoad host(
            String name,
            Report report,
            long neededBytes,
            Set<Facility> facilities,
            Optional<Double> ownCpus,
            List<String> notes) {
        HostFacts facts = report.facts;
        long reserve = settings.reserveBytes(facts.memoryBytes());
        long limit = Math.max(0, facts.freeMemoryBytes() + neededBytes - reserve);
        long capacity =
                Math.max(limit, Math.max(neededBytes, PlacementSettings.DEFAULT.reserveBytes(facts.memoryBytes())));
        if (facts.xen() && facts.freeMemoryBytes() <= reserve) {
            notes.add("host '" + name + "' has no memory free for guests: "
                    + Explanation.mebibytes(facts.freeMemoryBytes()) + " are free, and "
                    + Explanation.mebibytes(reserve) + " are kept in reserve");
        }
        int cpus = Math.max(1, facts.cpus());
        return new HostLoad(
                name,
                HostLoad.State.ONLINE,
                settings.failureDomains().getOrDefault(name, name),
                new Amount(capacity, cpus, settings.vcpusPerCpu() * cpus),
                new Amount(
                        facts.xen() ? limit : MEMORY_WITHOUT_END,
                        Double.POSITIVE_INFINITY,
                        settings.vcpusPerCpuMax() * cpus),
                new Amount(0, ownCpus.orElse(0.0), 0),
                facilities,
                facts.hypervisorVersion());
    }

    private HostLoad silent(String name) {
        return new HostLoad(
                name,
                HostLoad.State.UNKNOWN,
                settings.failureDomains().getOrDefault(name, name),
                new Amount(1, 1, 1),
                new Amount(1, 1, 1),
                Amount.NONE,
                Set.of(),
                ANY);
    }

    private static GuestLoad guest(
            String host,
            Running running,
            HostFacts facts,
            LoadHistory history,
            Needs needs,
            Instant now,
            Set<String> unmeasured) {
        Guest guest = running.guest;
        Definition definition = running.definition;
        Optional<Double> cpus = history.cpus(host, guest.uuid(), now);
        if (cpus.isEmpty()) {
            unmeasured.add(guest.name());
        }
        return new GuestLoad(
                guest.name(),
                guest.uuid(),
                host,
                need(definition, guest.vcpus(), cpus),
                needs.of(host, definition),
                facts.hypervisorVersion(),
                bound(guest, definition),
                0);
    }

    private static Amount need(Definition definition, int vcpus, Optional<Double> cpus) {
        return new Amount(
                definition.memoryBytes() + GuestOverhead.bytes(definition),
                cpus.orElse(UNKNOWN_CPUS_PER_VCPU * vcpus),
                vcpus);
    }

    /** What forbids a live migration wherever it would go (xen-libvirt.md sections 2.3 and 11). */
    private static Optional<GuestLoad.Bound> bound(Guest guest, Definition definition) {
        if (definition.hostDevices()) {
            return Optional.of(new GuestLoad.Bound(Rejection.Code.PASSTHROUGH, "it has a device of its host"));
        }
        if (definition.kind() == Definition.Kind.PV) {
            return Optional.of(new GuestLoad.Bound(
                    Rejection.Code.PV_GUEST, "it is a PV guest, and Xen does not track what such a guest writes"));
        }
        if (definition.vnuma()) {
            return Optional.of(new GuestLoad.Bound(Rejection.Code.HYPERVISOR, "it has a virtual NUMA topology"));
        }
        if (guest.state() == GuestState.PAUSED) {
            return Optional.of(new GuestLoad.Bound(
                    Rejection.Code.STATE, "it is paused, and a paused guest cannot answer Xen's request to suspend"));
        }
        if (!guest.state().running()) {
            return Optional.of(new GuestLoad.Bound(
                    Rejection.Code.STATE, "it does not run: its state is '" + words(guest.state()) + "'"));
        }
        return Optional.empty();
    }

    private static Map<String, Map<String, String>> labels(Iterable<Running> running, Optional<Newcomer> newcomer) {
        Map<String, Map<String, String>> labels = new LinkedHashMap<>();
        running.forEach(one -> labels.put(one.guest.name(), one.definition.labels()));
        newcomer.ifPresent(one -> labels.put(one.definition.name(), one.definition.labels()));
        return labels;
    }

    private static String words(GuestState state) {
        return state.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * @param running the guests that are looked at, each where it runs
     * @param namesakes on which hosts other guests of the same name run: libvirt takes no second one there
     */
    private List<Rule> rules(
            Iterable<Running> running,
            Map<String, Map<String, String>> labels,
            Map<String, Set<String>> namesakes,
            Optional<Newcomer> newcomer) {
        Map<String, UUID> guests = new LinkedHashMap<>();
        for (Running one : running) {
            guests.put(one.guest.name(), one.guest.uuid());
        }
        newcomer.ifPresent(one -> guests.put(one.definition.name(), one.definition.uuid()));
        List<Rule> rules = new ArrayList<>();
        settings.rules().forEach(standing -> rules.add(standing.about(guests)));
        rules.addAll(LabelRules.of(labels));
        namesakes.forEach((name, hosts) ->
                rules.add(new Rule("no host has two of one name", Rule.Kind.NOT_ON, true, Set.of(name), hosts)));
        return rules;
    }
}
