package org.vfrt.xen.migrate;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.migrate.GuestTrace;
import org.vfrt.core.migrate.Repair;
import org.vfrt.core.migrate.Traces;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.GuestState;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.xen.host.GuestGuard;
import org.vfrt.xen.host.HostScript;
import org.vfrt.xen.host.HostShell;
import org.vfrt.xen.host.Leftovers;
import org.vfrt.xen.libvirt.LibvirtHypervisor;

/** Asks Xen through the host's shell ({@code traces.sh}), and libvirt. */
public final class HostTraces implements Traces {

    private static final HostScript SCRIPT = HostScript.beside(HostTraces.class, "traces.sh");
    private static final Duration LIMIT = Duration.ofMinutes(1);

    /** To no port is anything being sent that somebody would still end: whoever repairs has seen to that. */
    private static final int NO_PORT = 1;

    /** What Xen has of all guests of one host. */
    private record Seen(Map<UUID, Line> domains, boolean sending, boolean receiving) {}

    private record Line(String name, GuestTrace.Domain domain) {}

    @Override
    public List<GuestTrace> of(Hypervisor hypervisor) {
        LibvirtHypervisor host = (LibvirtHypervisor) hypervisor;
        Map<UUID, Guest> known = new LinkedHashMap<>();
        host.guests().forEach(guest -> known.put(guest.uuid(), guest));
        Seen seen = host.xen() ? seen(host) : byLibvirt(known);
        Set<UUID> all = new LinkedHashSet<>(known.keySet());
        all.addAll(seen.domains.keySet());
        List<GuestTrace> traces = new ArrayList<>();
        for (UUID uuid : all) {
            Optional<Guest> guest = Optional.ofNullable(known.get(uuid));
            Optional<Line> line = Optional.ofNullable(seen.domains.get(uuid));
            boolean active = guest.filter(one -> one.state().active()).isPresent();
            traces.add(new GuestTrace(
                    host.host().name(),
                    uuid,
                    guest.map(Guest::name).or(() -> line.map(Line::name)).orElse(uuid.toString()),
                    guest,
                    line.map(Line::domain),
                    active && host.jobActive(uuid),
                    seen.sending,
                    seen.receiving));
        }
        return traces;
    }

    /** The test driver has nothing below it. */
    private static Seen byLibvirt(Map<UUID, Guest> known) {
        Map<UUID, Line> domains = new LinkedHashMap<>();
        known.values().stream()
                .filter(guest -> guest.state().active())
                .forEach(guest -> domains.put(
                        guest.uuid(),
                        new Line(
                                guest.name(),
                                new GuestTrace.Domain(
                                        guest.id(),
                                        guest.state() == GuestState.PAUSED
                                                ? GuestTrace.State.PAUSED
                                                : GuestTrace.State.RUNS,
                                        guest.cpuTime()))));
        return new Seen(domains, false, false);
    }

    private static Seen seen(LibvirtHypervisor host) {
        HostShell.Result result = SCRIPT.run(shell(host), List.of(), LIMIT);
        if (!result.ok()) {
            throw new Failed(
                    "xen-not-asked",
                    "Xen on host '" + host.host().name() + "' could not be asked for its domains: "
                            + result.complaint(),
                    "vfrt has to be root there, and 'xl list' has to work.");
        }
        Map<UUID, Line> domains = new LinkedHashMap<>();
        boolean sending = false;
        boolean receiving = false;
        for (String line : result.output().lines().toList()) {
            String[] words = line.split(" ", 5);
            switch (words.length) {
                case 1 -> {
                    sending |= line.equals("sending");
                    receiving |= line.equals("receiving");
                }
                case 5 -> domain(words).ifPresent(one -> domains.put(UUID.fromString(words[3]), one));
                default -> throw new Failed("xen-not-asked", "Xen's answer '" + line + "' makes no sense", "");
            }
        }
        return new Seen(domains, sending, receiving);
    }

    private static Optional<Line> domain(String[] words) {
        return state(words[1])
                .map(state -> new Line(
                        words[4],
                        new GuestTrace.Domain(
                                Integer.parseInt(words[0]),
                                state,
                                Duration.ofMillis(Math.round(1000 * Double.parseDouble(words[2]))))));
    }

    /** Six letters: running, blocked, paused, shut down, why, dying. Of one that is being taken down nothing comes back. */
    private static Optional<GuestTrace.State> state(String letters) {
        if (letters.length() != 6 || letters.charAt(5) == 'd') {
            return Optional.empty();
        }
        if (letters.charAt(3) == 's') {
            return Optional.of(letters.charAt(4) == 's' ? GuestTrace.State.SUSPENDED : GuestTrace.State.ENDED);
        }
        return Optional.of(letters.charAt(2) == 'p' ? GuestTrace.State.PAUSED : GuestTrace.State.RUNS);
    }

    @Override
    public List<String> act(Repair.Kind kind, Hypervisor hypervisor, GuestTrace trace) {
        LibvirtHypervisor host = (LibvirtHypervisor) hypervisor;
        return switch (kind) {
            case WAKE ->
                onHost(host, directory -> GuestGuard.cure(shell(host), directory, id(trace), trace.uuid(), NO_PORT));
            case REMOVE_OLD ->
                onHost(host, directory -> GuestGuard.remove(shell(host), directory, id(trace), trace.uuid(), NO_PORT));
            case REMOVE_RECEIVED -> removeReceived(host, trace);
            case SET_STATE -> {
                host.resume(trace.uuid());
                yield List.of("libvirt on host '" + trace.host() + "' knows that it runs");
            }
            case LET_RUN -> {
                Received.letRun(host, trace.uuid());
                yield List.of("it runs on host '" + trace.host() + "'");
            }
            case UNDEFINE -> {
                host.undefine(trace.uuid());
                yield List.of("its definition on host '" + trace.host() + "' was removed");
            }
        };
    }

    private static List<String> removeReceived(LibvirtHypervisor host, GuestTrace trace) {
        if (trace.known().filter(guest -> guest.state().active()).isPresent()) {
            Received.takeAway(host, trace.uuid());
        } else {
            Leftovers.clear(shell(host), trace.host(), trace.uuid(), NO_PORT);
        }
        return List.of("what host '" + trace.host() + "' had received of it was taken away");
    }

    /** Work that needs a private directory there. */
    private interface Work {
        List<String> in(String directory);
    }

    private static List<String> onHost(LibvirtHypervisor host, Work work) {
        String directory = "/run/vfrt." + UUID.randomUUID();
        try {
            return work.in(directory);
        } finally {
            shell(host).run(List.of("rm", "-rf", "--", directory), LIMIT);
        }
    }

    private static int id(GuestTrace trace) {
        return trace.domain().orElseThrow().id();
    }

    private static HostShell shell(LibvirtHypervisor host) {
        return host.shell()
                .orElseThrow(() -> new Failed(
                        "no-shell",
                        "vfrt reaches no shell on host '" + host.host().name() + "'",
                        "Use a URI with '+ssh'."));
    }
}
