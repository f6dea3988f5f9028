package org.vfrt.core.migrate;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.GuestState;

/**
 * Finds out from what the hosts have of a guest what a broken migration left, and the one thing that can safely be done about it. Nothing is
 * resumed while the guest may run on another host, and nothing that ever ran is taken away unless the guest runs elsewhere.
 */
final class DiagnoseGuest {

    private static final String LOOK =
            "Look at both with 'virsh console', decide which one is right, and end the other with 'virsh destroy'.";

    private static final String UNDER_WAY = "A migration is under way, it seems; look again when it has ended.";

    /**
     * Diagnoses.
     *
     * @param traces of one guest, of every host that answers, at least one
     * @param silent hosts that do not answer, without those that somebody knows to be off
     */
    Diagnosis run(List<GuestTrace> traces, Set<String> silent) {
        Diagnosis diagnosis = diagnose(traces, silent);
        if (silent.isEmpty() || diagnosis.healthy()) {
            return diagnosis;
        }
        List<String> findings = new ArrayList<>(diagnosis.findings());
        findings.add("hosts that do not answer: " + String.join(", ", silent) + "; "
                + (those(traces, trace -> trace.is(GuestTrace.State.RUNS)).isEmpty()
                        ? "it may run there"
                        : "what they have of it is not known"));
        return diagnosis(traces, findings, diagnosis.repair(), diagnosis.hint());
    }

    private static Diagnosis diagnose(List<GuestTrace> traces, Set<String> silent) {
        List<GuestTrace> running = those(traces, trace -> trace.is(GuestTrace.State.RUNS));
        if (running.size() > 1) {
            return stuck(traces, "it runs on " + hosts(running) + " at once", LOOK);
        }
        return running.size() == 1 ? runs(traces, running.get(0), silent) : runsNowhere(traces, silent);
    }

    private static Diagnosis runs(List<GuestTrace> traces, GuestTrace at, Set<String> silent) {
        List<GuestTrace> others = those(
                traces,
                trace -> !trace.host().equals(at.host()) && trace.domain().isPresent());
        for (GuestTrace other : others) {
            if (other.receiving()) {
                return stuck(
                        traces,
                        "it runs on host '" + at.host() + "', and host '" + other.host() + "' is receiving a guest",
                        UNDER_WAY);
            }
            if (other.neverRan() && underWay(at)) {
                return stuck(
                        traces,
                        "it runs on host '" + at.host() + "' and is being sent, and host '" + other.host()
                                + "' is about to receive it",
                        UNDER_WAY);
            }
            if (other.is(GuestTrace.State.PAUSED) && !other.neverRan()) {
                return stuck(
                        traces,
                        "it runs on host '" + at.host() + "', and is paused on host '" + other.host()
                                + "' after it had run there",
                        LOOK);
            }
        }
        if (others.isEmpty()) {
            return runsOnce(traces, at, silent);
        }
        GuestTrace other = others.get(0);
        if (other.neverRan()) {
            return repair(
                    traces,
                    List.of("it runs on host '" + at.host() + "', and host '" + other.host()
                            + "' still has what it received of it"),
                    Repair.Kind.REMOVE_RECEIVED,
                    other);
        }
        List<String> left = List.of("it runs on host '" + at.host() + "', and its old domain is left "
                + (other.is(GuestTrace.State.SUSPENDED) ? "suspended " : "") + "on host '" + other.host() + "'");
        // Memory that is not the newest may still be all there is, if what runs there was started anew: kept until all
        // is known.
        return silent.isEmpty() || other.is(GuestTrace.State.ENDED)
                ? repair(traces, left, Repair.Kind.REMOVE_OLD, other)
                : silence(traces, left, silent);
    }

    private static Diagnosis runsOnce(List<GuestTrace> traces, GuestTrace at, Set<String> silent) {
        Optional<Guest> known = at.known().filter(guest -> guest.state().active());
        if (known.isEmpty()) {
            return stuck(
                    traces,
                    "Xen runs it on host '" + at.host() + "', and libvirt there does not know of that",
                    "It was started by 'xl', or libvirt has lost it: 'systemctl restart libvirtd' on the host may find it again.");
        }
        if (underWay(at)) {
            // What does not fit yet belongs to that, and libvirt takes no order for it meanwhile.
            return healthy(traces);
        }
        if (at.jobOpen()) {
            String finding =
                    "libvirt on host '" + at.host() + "' has a job open on it that nothing is done for (bug A)";
            // Whoever opened it may be about to hand the guest over to that host.
            return silent.isEmpty()
                    ? repair(traces, List.of(finding), Repair.Kind.WAKE, at)
                    : silence(traces, List.of(finding), silent);
        }
        if (known.get().state() == GuestState.PAUSED) {
            return repair(
                    traces,
                    List.of("it runs on host '" + at.host() + "', and libvirt there says that it is paused (bug B)"),
                    Repair.Kind.SET_STATE,
                    at);
        }
        List<GuestTrace> elsewhere = those(traces, trace -> !trace.host().equals(at.host()) && trace.defined());
        if (!elsewhere.isEmpty() && at.defined()) {
            return repair(
                    traces,
                    List.of("it runs and is defined on host '" + at.host() + "', and is defined on " + hosts(elsewhere)
                            + " too, where it could be started a second time"),
                    Repair.Kind.UNDEFINE,
                    elsewhere.get(0));
        }
        if (!elsewhere.isEmpty()) {
            return stuck(
                    traces,
                    "it runs on host '" + at.host() + "' and is not defined there, but on " + hosts(elsewhere),
                    "If it is to stay: 'virsh dumpxml " + at.name() + " | virsh define /dev/stdin' on host '"
                            + at.host() + "', then run this again.");
        }
        return healthy(traces);
    }

    private static Diagnosis runsNowhere(List<GuestTrace> traces, Set<String> silent) {
        List<GuestTrace> suspended = those(traces, trace -> trace.is(GuestTrace.State.SUSPENDED));
        List<GuestTrace> received = those(traces, GuestTrace::neverRan);
        List<GuestTrace> others = those(
                traces, trace -> trace.domain().isPresent() && !suspended.contains(trace) && !received.contains(trace));
        if (suspended.isEmpty() && received.isEmpty() && others.size() < 2) {
            return definedOnly(traces, others, silent);
        }
        if (traces.size() == 1 && silent.isEmpty() && startedPaused(traces.get(0))) {
            return healthy(traces);
        }
        List<String> findings = new ArrayList<>();
        suspended.forEach(one -> findings.add("it stands suspended on host '" + one.host() + "'"));
        received.forEach(one -> findings.add("host '" + one.host() + "' has received it and not let it run"));
        others.forEach(one -> findings.add("it has run on host '" + one.host() + "' and "
                + (one.is(GuestTrace.State.ENDED) ? "ended" : "is paused") + " there"));
        if (!silent.isEmpty()) {
            return silence(traces, findings, silent);
        }
        if (!those(traces, trace -> trace.receiving() || underWay(trace)).isEmpty()) {
            return diagnosis(traces, findings, Optional.empty(), UNDER_WAY);
        }
        if (!others.isEmpty() || suspended.size() > 1) {
            // More than one has run, and the disks have gone on with one of them.
            return diagnosis(traces, findings, Optional.empty(), LOOK);
        }
        List<GuestTrace> believed = those(traces, DiagnoseGuest::believedOnly);
        if (!believed.isEmpty()) {
            findings.add("libvirt on " + hosts(believed) + " takes it for active, and Xen there has nothing of it");
            return diagnosis(
                    traces,
                    findings,
                    Optional.empty(),
                    "It may have run and ended there: find out, and restart libvirtd on that host, which makes it look again.");
        }
        if (suspended.size() == 1) {
            // What xl does is no job of libvirt's: a guest that is being written into a file must not write to its
            // disks.
            if (suspended.get(0).sending()) {
                return diagnosis(traces, findings, Optional.empty(), UNDER_WAY);
            }
            // Gone there before it goes on here: whoever is late with letting it run there finds nothing.
            return received.isEmpty()
                    ? repair(traces, findings, Repair.Kind.WAKE, suspended.get(0))
                    : repair(traces, findings, Repair.Kind.REMOVE_RECEIVED, received.get(0));
        }
        // libvirt lets go on what it takes for paused, and says yes to all the rest without doing anything.
        return received.size() == 1
                        && received.get(0)
                                .known()
                                .filter(guest -> guest.state() == GuestState.PAUSED)
                                .isPresent()
                ? repair(traces, findings, Repair.Kind.LET_RUN, received.get(0))
                : diagnosis(traces, findings, Optional.empty(), LOOK);
    }

    /** @param left the one domain that there is, paused by somebody or ended */
    private static Diagnosis definedOnly(List<GuestTrace> traces, List<GuestTrace> left, Set<String> silent) {
        List<GuestTrace> defined = those(traces, GuestTrace::defined);
        if (defined.size() < 2) {
            return healthy(traces);
        }
        List<String> findings = List.of("it runs nowhere, and is defined on " + hosts(defined));
        if (!silent.isEmpty()) {
            return silence(traces, findings, silent);
        }
        return diagnosis(
                traces,
                findings,
                Optional.empty(),
                left.isEmpty()
                        ? "Start it on one of them, then run this again: it removes the other definitions."
                        : "Host '" + left.get(0).host() + "' has its domain: see to it there, then run this again.");
    }

    /** By an operator, or restored so. What a migration brings has libvirt's job open until somebody ends the migration. */
    private static boolean startedPaused(GuestTrace trace) {
        return trace.neverRan()
                && !trace.jobOpen()
                && !trace.receiving()
                && trace.known()
                        .filter(guest -> guest.state() == GuestState.PAUSED)
                        .isPresent();
    }

    private static boolean believedOnly(GuestTrace trace) {
        return trace.domain().isEmpty()
                && trace.known().filter(guest -> guest.state().active()).isPresent();
    }

    /** Of any guest of that host, but libvirt's job is of this one. */
    private static boolean underWay(GuestTrace trace) {
        return trace.sending() && trace.jobOpen();
    }

    private static Diagnosis silence(List<GuestTrace> traces, List<String> findings, Set<String> silent) {
        String host = silent.iterator().next();
        return diagnosis(
                traces,
                findings,
                Optional.empty(),
                "Bring host '" + host + "' back. If it is off for certain, say '--is-off " + host + "'.");
    }

    private static List<GuestTrace> those(List<GuestTrace> traces, Predicate<GuestTrace> wanted) {
        return traces.stream().filter(wanted).toList();
    }

    private static String hosts(List<GuestTrace> traces) {
        return String.join(
                " and ",
                traces.stream().map(trace -> "host '" + trace.host() + "'").toList());
    }

    private static Diagnosis healthy(List<GuestTrace> traces) {
        return diagnosis(traces, List.of(), Optional.empty(), "");
    }

    private static Diagnosis stuck(List<GuestTrace> traces, String finding, String hint) {
        return diagnosis(traces, List.of(finding), Optional.empty(), hint);
    }

    private static Diagnosis repair(List<GuestTrace> traces, List<String> findings, Repair.Kind kind, GuestTrace at) {
        return diagnosis(traces, findings, Optional.of(new Repair(kind, at.host())), "");
    }

    private static Diagnosis diagnosis(
            List<GuestTrace> traces, List<String> findings, Optional<Repair> repair, String hint) {
        return new Diagnosis(traces.get(0).uuid(), traces.get(0).name(), traces, findings, repair, hint);
    }
}
