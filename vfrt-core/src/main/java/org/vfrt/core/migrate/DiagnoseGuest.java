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

    /**
     * Diagnoses.
     *
     * @param traces of one guest, of every host that answers, at least one
     * @param silent hosts that do not answer, without those that somebody knows to be off
     */
    Diagnosis run(List<GuestTrace> traces, Set<String> silent) {
        List<GuestTrace> running = those(traces, trace -> trace.is(GuestTrace.State.RUNS));
        if (running.size() > 1) {
            return stuck(traces, "it runs on " + hosts(running) + " at once", LOOK);
        }
        return running.size() == 1 ? runs(traces, running.get(0)) : runsNowhere(traces, silent);
    }

    private static Diagnosis runs(List<GuestTrace> traces, GuestTrace at) {
        List<String> findings = new ArrayList<>();
        for (GuestTrace other : those(
                traces,
                trace -> !trace.host().equals(at.host()) && trace.domain().isPresent())) {
            if (other.receiving()) {
                return stuck(
                        traces,
                        "it runs on host '" + at.host() + "', and host '" + other.host() + "' is receiving a guest",
                        "A migration is under way, it seems; look again when it has ended.");
            }
            if (other.is(GuestTrace.State.SUSPENDED) || other.is(GuestTrace.State.ENDED)) {
                findings.add("it runs on host '" + at.host() + "', and its old domain is left suspended on host '"
                        + other.host() + "'");
                return repair(traces, findings, Repair.Kind.REMOVE_OLD, other);
            }
            if (other.neverRan()) {
                findings.add("it runs on host '" + at.host() + "', and host '" + other.host()
                        + "' still has what it received of it");
                return repair(traces, findings, Repair.Kind.REMOVE_RECEIVED, other);
            }
            return stuck(
                    traces,
                    "it runs on host '" + at.host() + "', and is paused on host '" + other.host()
                            + "' after it had run there",
                    LOOK);
        }
        return runsOnce(traces, at);
    }

    private static Diagnosis runsOnce(List<GuestTrace> traces, GuestTrace at) {
        List<String> findings = new ArrayList<>();
        Optional<Guest> known = at.known().filter(guest -> guest.state().active());
        if (known.isEmpty()) {
            return stuck(
                    traces,
                    "Xen runs it on host '" + at.host() + "', and libvirt there does not know of that",
                    "It was started by 'xl', or libvirt has lost it: 'systemctl restart libvirtd' on the host may find it again.");
        }
        if (known.get().state() == GuestState.PAUSED) {
            findings.add("it runs on host '" + at.host() + "', and libvirt there says that it is paused (bug B)");
            return repair(traces, findings, Repair.Kind.SET_STATE, at);
        }
        if (at.jobOpen() && !at.sending()) {
            findings.add("libvirt on host '" + at.host() + "' has a job open on it that nothing is done for (bug A)");
            return repair(traces, findings, Repair.Kind.WAKE, at);
        }
        List<GuestTrace> elsewhere = those(traces, trace -> !trace.host().equals(at.host()) && trace.defined());
        if (!elsewhere.isEmpty() && at.defined()) {
            findings.add("it runs and is defined on host '" + at.host() + "', and is defined on " + hosts(elsewhere)
                    + " too, where it could be started a second time");
            return repair(traces, findings, Repair.Kind.UNDEFINE, elsewhere.get(0));
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
        if (suspended.isEmpty() && received.isEmpty()) {
            return definedOnly(traces);
        }
        List<String> findings = new ArrayList<>();
        suspended.forEach(one -> findings.add("it stands suspended on host '" + one.host() + "'"));
        received.forEach(one -> findings.add("host '" + one.host() + "' has received it and not let it run"));
        if (!silent.isEmpty()) {
            findings.add("hosts that do not answer: " + String.join(", ", silent) + "; it may run there");
            String host = silent.iterator().next();
            return new Diagnosis(
                    traces.get(0).uuid(),
                    traces.get(0).name(),
                    traces,
                    findings,
                    Optional.empty(),
                    "Bring host '" + host + "' back. If it is off for certain, say '--is-off " + host + "'.");
        }
        if (those(traces, trace -> trace.receiving() || (trace.sending() && trace.jobOpen()))
                        .size()
                > 0) {
            return new Diagnosis(
                    traces.get(0).uuid(),
                    traces.get(0).name(),
                    traces,
                    findings,
                    Optional.empty(),
                    "A migration is under way, it seems; look again when it has ended.");
        }
        if (suspended.size() > 1) {
            return stuck(traces, String.join("; ", findings), LOOK);
        }
        if (suspended.size() == 1) {
            // Gone there before it goes on here: whoever is late with letting it run there finds nothing.
            return received.isEmpty()
                    ? repair(traces, findings, Repair.Kind.WAKE, suspended.get(0))
                    : repair(traces, findings, Repair.Kind.REMOVE_RECEIVED, received.get(0));
        }
        return received.size() == 1 && received.get(0).known().isPresent()
                ? repair(traces, findings, Repair.Kind.LET_RUN, received.get(0))
                : stuck(traces, String.join("; ", findings), LOOK);
    }

    private static Diagnosis definedOnly(List<GuestTrace> traces) {
        List<GuestTrace> defined = those(traces, GuestTrace::defined);
        return defined.size() < 2
                ? healthy(traces)
                : stuck(
                        traces,
                        "it runs nowhere, and is defined on " + hosts(defined),
                        "Start it on one of them, then run this again: it removes the other definitions.");
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
        return new Diagnosis(traces.get(0).uuid(), traces.get(0).name(), traces, List.of(), Optional.empty(), "");
    }

    private static Diagnosis stuck(List<GuestTrace> traces, String finding, String hint) {
        return new Diagnosis(
                traces.get(0).uuid(), traces.get(0).name(), traces, List.of(finding), Optional.empty(), hint);
    }

    private static Diagnosis repair(List<GuestTrace> traces, List<String> findings, Repair.Kind kind, GuestTrace at) {
        return new Diagnosis(
                traces.get(0).uuid(),
                traces.get(0).name(),
                traces,
                findings,
                Optional.of(new Repair(kind, at.host())),
                "");
    }
}
