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
     * Looks, and acts when asked to.
     *
     * @return what was found of each guest that something is the matter with; of the one that was asked for in any case
     * @throws NotFound when no host that answers has anything of the guest, or there is no host of a name that is said to be off
     */
    public List<Outcome> run(Request request) {
        request.off().forEach(pool::host);
        try (OpenPool hosts = pool.open()) {
            Set<String> silent = new LinkedHashSet<>();
            hosts.silent().keySet().forEach(host -> silent.add(host.name()));
            // Of one that answers it is not believed.
            Set<String> off = new LinkedHashSet<>(silent);
            if (hosts.answering().isEmpty()) {
                throw new Temporary("no-host-answers", "no host of the pool answers", "See 'vfrt host check'.");
            }
            off.retainAll(request.off());
            silent.removeAll(off);
            Map<UUID, List<GuestTrace>> found = new LinkedHashMap<>();
            hosts.askAll(traces::of)
                    .forEach((host, seen) ->
                            seen.forEach(trace -> found.computeIfAbsent(trace.uuid(), unknown -> new ArrayList<>())
                                    .add(trace)));
            List<Outcome> outcomes = new ArrayList<>();
            for (List<GuestTrace> ofGuest : found.values()) {
                if (wanted(request, ofGuest)) {
                    Diagnosis diagnosis = new DiagnoseGuest().run(ofGuest, silent);
                    if (!diagnosis.healthy() || request.guest().isPresent()) {
                        outcomes.add(
                                request.apply()
                                        ? apply(diagnosis, request.lockWait(), hosts, silent, off)
                                        : outcome(diagnosis));
                    }
                }
            }
            if (outcomes.isEmpty() && request.guest().isPresent()) {
                throw new NotFound(
                        "no-such-guest",
                        "no host that answers has anything of guest '"
                                + request.guest().get() + "'",
                        "List the guests with 'vfrt guest list'.");
            }
            return outcomes;
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
    private Outcome apply(Diagnosis first, Duration lockWait, OpenPool hosts, Set<String> silent, Set<String> off) {
        List<String> done = new ArrayList<>();
        try (GuestLock lock = locks.take(first.uuid(), first.name(), OPERATION, lockWait)) {
            List<GuestTrace> traces = again(first.uuid(), hosts);
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
                endEntries(lock.guest(), off);
            }
            return new Outcome(now, done, Optional.empty());
        } catch (Failure e) {
            return new Outcome(first, done, Optional.of(e));
        }
    }

    private List<GuestTrace> again(UUID guest, OpenPool hosts) {
        List<GuestTrace> now = new ArrayList<>();
        hosts.askAll(traces::of)
                .forEach((host, seen) -> seen.stream()
                        .filter(trace -> trace.uuid().equals(guest))
                        .forEach(now::add));
        return now;
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
