package org.vfrt.core.migrate;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import org.vfrt.core.checkpoint.CaptureRules;
import org.vfrt.core.checkpoint.Method;
import org.vfrt.core.checkpoint.MoveThroughStore;
import org.vfrt.core.checkpoint.NothingNoted;
import org.vfrt.core.checkpoint.Progress;
import org.vfrt.core.checkpoint.Unfinished;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.journal.GuestLock;
import org.vfrt.core.journal.GuestLocks;
import org.vfrt.core.journal.Journal;
import org.vfrt.core.journal.JournalEntry;
import org.vfrt.core.placement.Candidate;
import org.vfrt.core.placement.ChooseHost;
import org.vfrt.core.placement.LearnedFrom;
import org.vfrt.core.placement.Metric;
import org.vfrt.core.placement.ObservePool;
import org.vfrt.core.placement.Precopy;
import org.vfrt.core.pool.Definition;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.pool.OpenPool;
import org.vfrt.core.pool.Pool;

/** Migrates one running guest to another host, to the one that was asked for or the one the scorer ranks first. */
public final class MigrateGuest {

    /** The name of the operation in locks and in the journal. */
    public static final String OPERATION = "migrate guest";

    /** What makes it doubtful that the guest runs where it seems to be. */
    private static final Set<String> NOT_KNOWN_TO_BE_THERE =
            Set.of("unsettled", "guest-not-running", "shared-disks-of-another");

    private final Pool pool;
    private final ObservePool observation;
    private final Migrator migrator;
    private final MoveObstacles obstacles;
    private final MoveThroughStore moves;
    private final MigrationHistoryFile history;
    private final GuestLocks locks;
    private final Journal journal;
    private final Clock clock;

    public MigrateGuest(
            Pool pool,
            ObservePool observation,
            Migrator migrator,
            MoveThroughStore moves,
            MigrationHistoryFile history,
            GuestLocks locks,
            Journal journal,
            Clock clock) {
        this.pool = pool;
        this.observation = observation;
        this.migrator = migrator;
        this.obstacles = new MoveObstacles(migrator, journal);
        this.moves = moves;
        this.history = history;
        this.locks = locks;
        this.journal = journal;
        this.clock = clock;
    }

    /**
     * What is asked for.
     *
     * @param guest name or UUID
     * @param from migrate it only if it is on this host
     * @param to where to; empty for the host that the scorer ranks first
     * @param method live; or {@link Method#SAVE}, through the store, with the guest stopped meanwhile
     * @param maxPause refuse when the predicted pause is longer
     * @param rules what placement rules, and the reserve for a host that dies, mean to it
     * @param sharedDisks the guest's name, typed out by someone who knows that its writable disks are the same on both hosts
     * @param dryRun check and predict, and change nothing
     * @param lockWait how long to wait for another operation on the guest
     */
    public record Request(
            String guest,
            Optional<String> from,
            Optional<String> to,
            Method method,
            Optional<Duration> maxPause,
            Rules rules,
            Optional<String> sharedDisks,
            boolean dryRun,
            Duration lockWait) {}

    /** What placement rules mean to a migration. */
    public enum Rules {
        /** They are kept. */
        KEPT,
        /** It goes to the host that was asked for although they forbid it, which is noted. */
        IGNORED,
        /** It is one move of a plan, which keeps them as a whole: those that one keeps the guest with come before or after it. */
        PLANNED
    }

    /**
     * What was done, or on a dry run would be done.
     *
     * @param toHost the same as {@code fromHost} when the guest was there already
     * @param hostReason why that host
     * @param candidates every other host as a place for the guest, the best first
     * @param predicted how it was expected to go
     * @param migrated what came of it; empty on a dry run, and when there was nothing to do
     * @param notes what an operator should know
     */
    public record Outcome(
            String guestName,
            UUID guestUuid,
            String fromHost,
            String toHost,
            String hostReason,
            List<Candidate> candidates,
            MigrationHistory.Prediction predicted,
            Optional<Migrated> migrated,
            List<String> notes) {

        public Outcome {
            candidates = List.copyOf(candidates);
            notes = List.copyOf(notes);
        }

        /** Returns whether the guest was where it should go before anything was done. */
        public boolean nothingToDo() {
            return fromHost.equals(toHost);
        }
    }

    /**
     * Migrates the guest.
     *
     * @param announcement hears the plan before the guest is touched (rule 4)
     * @throws Refused when it must not be migrated; nothing was touched
     * @throws org.vfrt.core.failure.Busy when another operation holds the guest
     * @throws Failure when it was tried and did not work; the message says where the guest runs
     */
    public Outcome run(Request request, Consumer<Outcome> announcement, Progress progress) {
        // A slip of the pen is told before any host is asked.
        request.to().ifPresent(pool::host);
        try (OpenPool hosts = pool.open()) {
            OpenPool.Located found = hosts.locate(request.guest(), request.from());
            try (GuestLock lock =
                    locks.take(found.guest().uuid(), found.guest().name(), OPERATION, request.lockWait())) {
                return run(request, found, hosts, lock, announcement, progress);
            }
        }
    }

    private Outcome run(
            Request request,
            OpenPool.Located found,
            OpenPool hosts,
            GuestLock lock,
            Consumer<Outcome> announcement,
            Progress progress) {
        List<String> notes = new ArrayList<>();
        try {
            Plan plan = check(request, found, hosts, lock, notes);
            if (request.dryRun() || plan.target() == plan.source()) {
                return outcome(plan, Optional.empty());
            }
            announcement.accept(outcome(plan, Optional.empty()));
            return migrate(plan, request, lock, progress);
        } catch (Failure failure) {
            throw failure.noting(notes);
        }
    }

    private record Plan(
            Hypervisor source,
            Hypervisor target,
            String targetReason,
            Guest guest,
            Definition definition,
            List<Candidate> candidates,
            MigrationHistory.Prediction prediction,
            List<String> notes) {

        Plan stopping(Duration pause) {
            return new Plan(
                    source,
                    target,
                    targetReason,
                    guest,
                    definition,
                    candidates,
                    new MigrationHistory.Prediction(
                            new Precopy(pause, pause, 0),
                            LearnedFrom.NOTHING,
                            "it is stopped while its memory is written and read"),
                    notes);
        }
    }

    /** @param notes gets what an operator should know, also when it is refused */
    private Plan check(Request request, OpenPool.Located found, OpenPool hosts, GuestLock lock, List<String> notes) {
        Hypervisor source = found.host();
        Guest guest = source.guest(found.guest().uuid()).orElse(found.guest());
        Definition definition = Definition.parse(source.definition(guest.uuid()));
        String name = guest.name();
        List<Reason> reasons = new ArrayList<>(obstacles.ofGuest(source, guest, definition, request.method()));
        request.sharedDisks()
                .filter(typed -> !typed.equals(name))
                .ifPresent(typed -> reasons.add(new Reason(
                        "shared-disks-of-another",
                        "'--shared-disks' names '" + typed + "', and this is guest '" + name + "'",
                        "Type out '" + name + "', if its disks are the same on both hosts.")));
        // Whether it could go elsewhere matters to nobody then, but that it is there must be known.
        boolean there = request.to().filter(source.host().name()::equals).isPresent();
        if (there && reasons.stream().map(Reason::code).noneMatch(NOT_KNOWN_TO_BE_THERE::contains)) {
            return plan(source, source, "the guest is there already", guest, definition, List.of(), List.of());
        }
        if (!reasons.isEmpty()) {
            notes.addAll(noticed(hosts));
            refuse(guest, source, reasons);
        }
        List<Candidate> candidates = candidates(request, source, guest, definition, hosts, notes);
        Way way = request.to().isPresent()
                ? asked(request, source, guest, definition, candidates, hosts, notes)
                : best(request, source, guest, definition, candidates, hosts);
        reasons.addAll(way.inTheWay());
        Hypervisor target = way.target();
        Plan plan = plan(source, target, way.reason(), guest, definition, candidates, notes);
        if (request.method() == Method.SAVE) {
            MoveThroughStore.Move move = new MoveThroughStore.Move(source, target, guest, definition, lock);
            reasons.addAll(moves.obstacles(move));
            plan = plan.stopping(moves.predictedPause(move));
        }
        CaptureRules.pauseWithin(
                        request.maxPause(),
                        plan.prediction().precopy().pause(),
                        plan.prediction().basis(),
                        name)
                .ifPresent(reasons::add);
        refuse(guest, source, reasons);
        return plan;
    }

    /** What else an operator should know who is refused before the pool is looked at. */
    private List<String> noticed(OpenPool hosts) {
        try {
            return observation.run(hosts).notes();
        } catch (Failure e) {
            // The reasons that there are suffice.
            return List.of();
        }
    }

    /** Where it goes, and what is in the way. */
    private record Way(Hypervisor target, String reason, List<Reason> inTheWay) {}

    private Way asked(
            Request request,
            Hypervisor source,
            Guest guest,
            Definition definition,
            List<Candidate> candidates,
            OpenPool hosts,
            List<String> notes) {
        Hypervisor target = hosts.host(request.to().orElseThrow());
        List<Reason> reasons = new ArrayList<>();
        candidates.stream()
                .filter(one -> one.host().equals(target.host().name()))
                .forEach(one -> reasons.addAll(MigrationRules.rejections(one, request.rules(), notes)));
        reasons.addAll(betweenHosts(request, source, target, guest, definition, hosts));
        return new Way(target, "asked for", reasons);
    }

    /** Of the hosts that the scorer accepts the first that nothing is in the way of. */
    private Way best(
            Request request,
            Hypervisor source,
            Guest guest,
            Definition definition,
            List<Candidate> candidates,
            OpenPool hosts) {
        List<Candidate> accepted =
                candidates.stream().filter(Candidate::accepted).toList();
        if (accepted.isEmpty()) {
            throw new Refused(
                    "no-host-fits", MigrationRules.nowhere(guest.name(), candidates), MigrationRules.NOWHERE_HINT);
        }
        List<Reason> reasons = new ArrayList<>();
        for (int i = 0; i < accepted.size(); i++) {
            Hypervisor target = hosts.host(accepted.get(i).host());
            List<Reason> found = betweenHosts(request, source, target, guest, definition, hosts);
            if (found.isEmpty()) {
                return new Way(
                        target,
                        accepted.size() == 1
                                ? "the only host that takes it"
                                : i == 0
                                        ? "the scorer ranks it first"
                                        : "something is in the way to those ranked before it",
                        List.of());
            }
            found.stream()
                    .map(reason -> accepted.size() == 1
                            ? reason
                            : new Reason(
                                    reason.code(),
                                    "to host '" + target.host().name() + "': " + reason.text(),
                                    reason.hint()))
                    .forEach(reasons::add);
        }
        return new Way(hosts.host(accepted.get(0).host()), "the scorer ranks it first", reasons);
    }

    private List<Reason> betweenHosts(
            Request request, Hypervisor source, Hypervisor target, Guest guest, Definition definition, OpenPool hosts) {
        return obstacles.betweenHosts(
                job(source, target, guest, definition, request, new NothingNoted(), Progress.NONE), hosts);
    }

    /** A guest that is stopped meanwhile is placed as one that is to be started. */
    private List<Candidate> candidates(
            Request request,
            Hypervisor source,
            Guest guest,
            Definition definition,
            OpenPool hosts,
            List<String> notes) {
        if (request.method() == Method.LIVE) {
            ObservePool.Observed observed = observation.run(hosts);
            notes.addAll(observed.notes());
            refuse(guest, source, MigrationRules.otherThan(guest, observed.load()));
            ChooseHost choice = new ChooseHost(Metric.BALANCE);
            return request.rules() == Rules.PLANNED
                    ? choice.oneByOne(observed.load(), guest.name())
                    : choice.alone(observed.load(), guest.name());
        }
        ObservePool.Expecting expecting = observation.run(
                hosts,
                new ObservePool.Newcomer(
                        definition, source.host().name(), source.facts().hypervisorVersion()));
        notes.addAll(expecting.observed().notes());
        return new ChooseHost(Metric.BALANCE)
                .run(expecting.observed().load(), expecting.guest()).stream()
                        .filter(one -> !one.host().equals(source.host().name()))
                        .toList();
    }

    private Plan plan(
            Hypervisor source,
            Hypervisor target,
            String reason,
            Guest guest,
            Definition definition,
            List<Candidate> candidates,
            List<String> notes) {
        MigrationHistory measured = history.read();
        MigrationHistory.Prediction prediction = measured.predict(
                guest.uuid(), source.host().name(), target.host().name(), definition.memoryBytes());
        List<String> all = new ArrayList<>(notes);
        Precopy precopy = prediction.precopy();
        if (source != target && !measured.measured()) {
            all.add(MigrationHistory.ASSUMED);
        }
        if (source != target && !precopy.converges()) {
            all.add("guest '" + guest.name() + "' writes to its memory nearly as fast as it can be sent ("
                    + Math.round(100 * precopy.dirtyShare()) + " %): it will stand still for long");
        }
        return new Plan(source, target, reason, guest, definition, candidates, prediction, all);
    }

    private static void refuse(Guest guest, Hypervisor source, List<Reason> reasons) {
        if (!reasons.isEmpty()) {
            throw new Refused(
                    "guest '" + guest.name() + "' on host '" + source.host().name() + "' is not migrated", reasons);
        }
    }

    private Outcome migrate(Plan plan, Request request, GuestLock lock, Progress progress) {
        JournalEntry entry =
                Unfinished.begin(journal, OPERATION, lock, plan.guest().name(), plan.source());
        entry.note(MigrationFacts.TARGET, plan.target().host().name());
        entry.note(MigrationFacts.TARGET_URI, plan.target().host().uri().text());
        Migrated migrated;
        try {
            migrated = request.method() == Method.LIVE
                    ? migrator.migrate(job(
                            plan.source(), plan.target(), plan.guest(), plan.definition(), request, entry, progress))
                    : moved(plan, lock, entry, progress);
        } finally {
            if (!entry.unsettled()) {
                journal.end(entry);
            }
        }
        return outcome(remember(plan, migrated), Optional.of(migrated));
    }

    private Migrated moved(Plan plan, GuestLock lock, JournalEntry entry, Progress progress) {
        MoveThroughStore.Moved moved = moves.run(
                new MoveThroughStore.Move(plan.source(), plan.target(), plan.guest(), plan.definition(), lock),
                entry,
                progress);
        return new Migrated(moved.guest(), moved.took(), Optional.of(moved.pause()), Optional.empty(), moved.notes());
    }

    private Plan remember(Plan plan, Migrated migrated) {
        Instant now = clock.instant();
        try {
            history.add(new MigrationRecord(
                    now,
                    plan.guest().uuid(),
                    plan.source().host().name(),
                    plan.target().host().name(),
                    plan.definition().memoryBytes(),
                    migrated.took(),
                    migrated.pause(),
                    migrated.transfer()));
            return plan;
        } catch (IOException e) {
            List<String> notes = new ArrayList<>(plan.notes());
            notes.add("what was measured could not be kept for later predictions: " + e.getMessage());
            return new Plan(
                    plan.source(),
                    plan.target(),
                    plan.targetReason(),
                    plan.guest(),
                    plan.definition(),
                    plan.candidates(),
                    plan.prediction(),
                    notes);
        }
    }

    private static MigrationJob job(
            Hypervisor source,
            Hypervisor target,
            Guest guest,
            Definition definition,
            Request request,
            JournalEntry entry,
            Progress progress) {
        return new MigrationJob(
                source,
                target,
                guest,
                definition,
                request.sharedDisks().filter(guest.name()::equals).isPresent(),
                entry,
                progress);
    }

    private static Outcome outcome(Plan plan, Optional<Migrated> migrated) {
        List<String> notes = new ArrayList<>(plan.notes());
        migrated.ifPresent(done -> notes.addAll(done.notes()));
        return new Outcome(
                plan.guest().name(),
                plan.guest().uuid(),
                plan.source().host().name(),
                plan.target().host().name(),
                plan.targetReason(),
                plan.candidates(),
                plan.prediction(),
                migrated,
                notes);
    }
}
