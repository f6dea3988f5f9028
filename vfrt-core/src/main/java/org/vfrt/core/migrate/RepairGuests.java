package org.vfrt.core.migrate;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.NotFound;
import org.vfrt.core.failure.Temporary;
import org.vfrt.core.journal.GuestLock;
import org.vfrt.core.journal.GuestLocks;
import org.vfrt.core.journal.Journal;
import org.vfrt.core.journal.JournalEntry;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.pool.OpenPool;
import org.vfrt.core.pool.Pool;

/** Finds what broken migrations left of guests, whoever began them, and does the one safe thing about each. */
public final class RepairGuests {

    /** The name of the operation in locks. */
    public static final String OPERATION = "migrate repair";

    private final Pool pool;
    private final Traces traces;
    private final GuestLocks locks;
    private final Journal journal;

    public RepairGuests(Pool pool, Traces traces, GuestLocks locks, Journal journal) {
        this.pool = pool;
        this.traces = traces;
        this.locks = locks;
        this.journal = journal;
    }

    /**
     * What is asked for.
     *
     * @param guest a name or UUID; empty for all
     * @param off hosts of which somebody knows that they are off
     * @param apply do it, and do not only say it
     */
    public record Request(Optional<String> guest, Set<String> off, boolean apply, Duration lockWait) {

        public Request {
            off = Set.copyOf(off);
        }
    }

    /**
     * What was found of one guest, and done.
     *
     * @param done what was done, one sentence each; nothing unless asked to
     */
    public record Outcome(Diagnosis diagnosis, List<String> done, Optional<Failure> failure) {

        public Outcome {
            done = List.copyOf(done);
        }
    }

    /**
     * All that was found.
     *
     * @param guests each that something is the matter with; of the one that was asked for in any case
     * @param silent hosts that could not be asked, and why: what they have of guests is not known. None of those that somebody knows to be off
     * @param disbelieved hosts that are said to be off, and answer
     */
    public record Report(List<Outcome> guests, Map<String, Failure> silent, Set<String> disbelieved) {

        public Report {
            guests = List.copyOf(guests);
            silent = new LinkedHashMap<>(silent);
            disbelieved = Set.copyOf(disbelieved);
        }
    }

    /**
     * Looks, and acts when asked to.
     *
     * @throws NotFound when no host has anything of the guest, or there is no host of a name that is said to be off
     * @throws org.vfrt.core.failure.BadInput when two hosts are one machine: each guest there seems to run twice
     * @throws Temporary when no host answers, or none that does has anything of the guest
     */
    public Report run(Request request) {
        request.off().forEach(pool::host);
        try (OpenPool hosts = pool.open()) {
            hosts.demandDistinct();
            Look look = look(hosts);
            if (look.silent().size() == pool.hosts().size()) {
                throw hosts.answering().isEmpty()
                        ? new Temporary("no-host-answers", "no host of the pool answers", "See 'vfrt host check'.")
                        : look.silent().get(hosts.answering().get(0).host().name());
            }
            Map<String, Failure> silent = look.silentBut(request.off());
            List<Outcome> outcomes = new ArrayList<>();
            for (List<GuestTrace> ofGuest : look.found().values()) {
                if (wanted(request, ofGuest)) {
                    Diagnosis diagnosis = new DiagnoseGuest().run(ofGuest, silent.keySet());
                    if (!diagnosis.healthy() || request.guest().isPresent()) {
                        outcomes.add(request.apply() ? apply(diagnosis, request, hosts) : outcome(diagnosis));
                    }
                }
            }
            if (outcomes.isEmpty() && request.guest().isPresent()) {
                throw nothingOf(request.guest().get(), silent.keySet());
            }
            // Of one that answers it is not believed.
            Set<String> answering = new LinkedHashSet<>(request.off());
            answering.removeAll(look.silent().keySet());
            return new Report(outcomes, silent, answering);
        }
    }

    private static Failure nothingOf(String guest, Set<String> silent) {
        String message = "no host that answers has anything of guest '" + guest + "'";
        return silent.isEmpty()
                ? new NotFound("no-such-guest", message, "List the guests with 'vfrt guest list'.")
                : new Temporary(
                        "guest-not-seen",
                        message,
                        "No answer from '" + String.join("', '", silent)
                                + "', where it may be; see 'vfrt host check'.");
    }

    /** What the hosts that can be asked have of each guest, and which cannot be. */
    private record Look(Map<UUID, List<GuestTrace>> found, Map<String, Failure> silent) {

        Map<String, Failure> silentBut(Set<String> off) {
            Map<String, Failure> others = new LinkedHashMap<>(silent);
            others.keySet().removeAll(off);
            return others;
        }
    }

    private record Answer(List<GuestTrace> traces, Optional<Failure> failure) {}

    /** A host that libvirt answers for, and that cannot be asked past it, is as silent as any. */
    private Look look(OpenPool hosts) {
        Map<String, Failure> silent = new LinkedHashMap<>();
        hosts.silent().forEach((host, failure) -> silent.put(host.name(), failure));
        Map<UUID, List<GuestTrace>> found = new LinkedHashMap<>();
        hosts.askAll(this::answer).forEach((host, answer) -> {
            answer.failure().ifPresent(failure -> silent.put(host.host().name(), failure));
            answer.traces()
                    .forEach(trace -> found.computeIfAbsent(trace.uuid(), unknown -> new ArrayList<>())
                            .add(trace));
        });
        return new Look(found, silent);
    }

    private Answer answer(Hypervisor host) {
        try {
            return new Answer(traces.of(host), Optional.empty());
        } catch (Failure e) {
            return new Answer(List.of(), Optional.of(e));
        }
    }

    private static boolean wanted(Request request, List<GuestTrace> ofGuest) {
        return request.guest().isEmpty()
                || ofGuest.stream()
                        .anyMatch(trace -> trace.name().equals(request.guest().get())
                                || trace.uuid()
                                        .toString()
                                        .equals(request.guest().get()));
    }

    private static Outcome outcome(Diagnosis diagnosis) {
        return new Outcome(diagnosis, List.of(), Optional.empty());
    }

    /** Under the guest's lock, and by what the hosts say then: another vfrt may have been in the middle of it before. */
    private Outcome apply(Diagnosis first, Request request, OpenPool hosts) {
        List<String> done = new ArrayList<>();
        try (GuestLock lock = locks.take(first.uuid(), first.name(), OPERATION, request.lockWait())) {
            Look look = look(hosts);
            Set<String> silent = look.silentBut(request.off()).keySet();
            List<GuestTrace> traces = look.found().getOrDefault(first.uuid(), List.of());
            if (traces.isEmpty()) {
                return outcome(new Diagnosis(first.uuid(), first.name(), List.of(), List.of(), Optional.empty(), ""));
            }
            Diagnosis now = new DiagnoseGuest().run(traces, silent);
            if (now.repair().isPresent()) {
                Repair repair = now.repair().get();
                GuestTrace at = now.traces().stream()
                        .filter(trace -> trace.host().equals(repair.host()))
                        .findFirst()
                        .orElseThrow();
                done.addAll(this.traces.act(repair.kind(), hosts.host(repair.host()), at));
            }
            if (runsNow(now)) {
                Set<String> off = new LinkedHashSet<>(request.off());
                off.retainAll(look.silent().keySet());
                endEntries(lock.guest(), off);
            }
            return new Outcome(now, done, Optional.empty());
        } catch (Failure e) {
            return new Outcome(first, done, Optional.of(e));
        }
    }

    /** Whether it runs, and on one host only, after what was done. */
    private static boolean runsNow(Diagnosis diagnosis) {
        boolean letGoOn = diagnosis
                .repair()
                .filter(repair -> repair.kind() == Repair.Kind.WAKE || repair.kind() == Repair.Kind.LET_RUN)
                .isPresent();
        return letGoOn
                || diagnosis.traces().stream()
                                .filter(trace -> trace.is(GuestTrace.State.RUNS))
                                .count()
                        == 1;
    }

    /** What could not be settled because of a host that is off is settled once the guest runs without it. */
    private void endEntries(UUID guest, Set<String> off) {
        for (JournalEntry entry : journal.about(guest)) {
            boolean offHost = entry.fact(MigrationFacts.TARGET)
                            .filter(off::contains)
                            .isPresent()
                    || entry.fact(JournalEntry.HOST).filter(off::contains).isPresent();
            boolean migration = entry.fact(JournalEntry.OPERATION)
                    .filter(MigrateGuest.OPERATION::equals)
                    .isPresent();
            if (migration && offHost) {
                journal.end(entry);
            }
        }
    }
}
