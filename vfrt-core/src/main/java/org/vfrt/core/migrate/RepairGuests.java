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
     * @throws NotFound when no host that answers has anything of the guest
     */
    public List<Outcome> run(Request request) {
        try (OpenPool hosts = pool.open()) {
            Set<String> silent = new LinkedHashSet<>();
            hosts.silent().keySet().forEach(host -> silent.add(host.name()));
            silent.removeAll(request.off());
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
                        outcomes.add(request.apply() ? apply(diagnosis, request, hosts, silent) : outcome(diagnosis));
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
    private Outcome apply(Diagnosis first, Request request, OpenPool hosts, Set<String> silent) {
        List<String> done = new ArrayList<>();
        try (GuestLock lock = locks.take(first.uuid(), first.name(), OPERATION, request.lockWait())) {
            Diagnosis now = again(first, hosts, silent);
            if (now.repair().isPresent()) {
                Repair repair = now.repair().get();
                GuestTrace at = now.traces().stream()
                        .filter(trace -> trace.host().equals(repair.host()))
                        .findFirst()
                        .orElseThrow();
                done.addAll(traces.act(repair.kind(), hosts.host(repair.host()), at));
                endEntries(lock.guest(), request.off());
            }
            return new Outcome(now, done, Optional.empty());
        } catch (Failure e) {
            return new Outcome(first, done, Optional.of(e));
        }
    }

    private Diagnosis again(Diagnosis first, OpenPool hosts, Set<String> silent) {
        List<GuestTrace> now = new ArrayList<>();
        hosts.askAll(traces::of)
                .forEach((host, seen) -> seen.stream()
                        .filter(trace -> trace.uuid().equals(first.uuid()))
                        .forEach(now::add));
        return now.isEmpty() ? first : new DiagnoseGuest().run(now, silent);
    }

    /** What could not be settled because of a host that is off is settled by what was done. */
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
