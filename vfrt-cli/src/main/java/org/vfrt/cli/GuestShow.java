package org.vfrt.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.vfrt.cli.output.Json;
import org.vfrt.cli.output.Table;
import org.vfrt.core.checkpoint.CheckpointStore;
import org.vfrt.core.checkpoint.KeptStates;
import org.vfrt.core.checkpoint.Manifest;
import org.vfrt.core.disk.FoundSnapshot;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.NotFound;
import org.vfrt.core.failure.Temporary;
import org.vfrt.core.pool.Definition;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.Host;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.text.Amounts;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code vfrt guest show}. */
@Command(description = "Show one guest, on every host that knows it, and its checkpoints.")
final class GuestShow implements Callable<Integer> {

    private final Session session;

    @Parameters(paramLabel = "GUEST", description = "The guest's name or UUID.")
    private String name = "";

    GuestShow(Session session) {
        this.session = session;
    }

    private record Seen(Host host, Guest guest, Definition definition, boolean jobActive) {}

    /** What restores have kept on a host. */
    private record Kept(Host host, FoundSnapshot state) {}

    /**
     * What a host says.
     *
     * @param kept of any guest; or why that is not known
     */
    private record Looked(List<Seen> seen, List<Kept> kept, Optional<Failure> notKnown) {}

    @Override
    public Integer call() {
        Operations operations = session.operations();
        // Opened once, before several threads ask for it.
        CheckpointStore store = operations.store();
        List<AskHosts.Answer<Looked>> answers = new AskHosts(operations.hypervisors(), AskHosts.DEADLINE)
                .run(operations.configuration().hosts(), this::look);
        List<Seen> found = answers.stream()
                .flatMap(answer -> answer.value().stream().flatMap(looked -> looked.seen().stream()))
                .toList();
        if (found.isEmpty()) {
            throw absent(AskHosts.failures(answers), answers);
        }
        List<Manifest> checkpoints = store.list().stream()
                .filter(manifest ->
                        found.stream().anyMatch(seen -> seen.guest().uuid().equals(manifest.guestUuid())))
                .toList();
        Findings findings = Findings.of(operations);
        List<Kept> kept = answers.stream()
                .flatMap(answer -> answer.value().stream().flatMap(looked -> looked.kept().stream()))
                .filter(one -> found.stream()
                        .anyMatch(seen ->
                                seen.guest().uuid().equals(one.state().mark().guest())))
                .toList();
        session.print(
                json -> write(json, found, checkpoints, findings, kept), out -> print(out, found, checkpoints, kept));
        answers.forEach(answer -> answer.value()
                .flatMap(Looked::notKnown)
                .ifPresent(why -> session.note("what restores have kept on host '"
                        + answer.host().name() + "' is not known: " + why.getMessage())));
        return session.end(answers.size(), AskHosts.failures(answers), AskHosts.silence(answers));
    }

    private Looked look(Hypervisor hypervisor) {
        List<Seen> seen = seen(hypervisor);
        try {
            return new Looked(
                    seen,
                    session.operations().keptStates(hypervisor).stream()
                            .map(state -> new Kept(hypervisor.host(), state))
                            .toList(),
                    Optional.empty());
        } catch (Failure e) {
            return new Looked(seen, List.of(), Optional.of(e));
        }
    }

    private List<Seen> seen(Hypervisor hypervisor) {
        return hypervisor.guests().stream()
                .filter(guest ->
                        guest.name().equals(name) || guest.uuid().toString().equals(name))
                .map(guest -> new Seen(
                        hypervisor.host(),
                        guest,
                        Definition.parse(hypervisor.definition(guest.uuid())),
                        guest.state().active() && hypervisor.jobActive(guest.uuid())))
                .toList();
    }

    private Failure absent(List<Failure> failures, List<AskHosts.Answer<Looked>> answers) {
        if (failures.isEmpty()) {
            return new NotFound(
                    "no-such-guest", "there is no guest '" + name + "'", "List the guests with 'vfrt guest list'.");
        }
        if (failures.size() == answers.size()) {
            return failures.get(0);
        }
        String silent = answers.stream()
                .filter(answer -> answer.failure().isPresent())
                .map(answer -> "'" + answer.host().name() + "'")
                .collect(Collectors.joining(", "));
        return new Temporary(
                "guest-not-seen",
                "guest '" + name + "' is on none of the hosts that answer, and " + silent + " did not answer",
                "See 'vfrt host list'.");
    }

    private static void print(PrintWriter out, List<Seen> found, List<Manifest> checkpoints, List<Kept> kept) {
        String between = "";
        for (Seen seen : found) {
            out.print(between);
            between = System.lineSeparator();
            Guest guest = seen.guest();
            Definition definition = seen.definition();
            Table.untitled()
                    .row("Name:", guest.name())
                    .row("UUID:", guest.uuid().toString())
                    .row("Host:", seen.host().name())
                    .row("State:", GuestList.state(guest.state()))
                    .row("Id:", guest.id() < 0 ? "" : String.valueOf(guest.id()))
                    .row("Kind:", definition.kind().name())
                    .row("VCPUs:", String.valueOf(guest.vcpus()))
                    .row("Memory:", Amounts.bytes(guest.memoryBytes()))
                    .row("CPU time:", Amounts.duration(guest.cpuTime()))
                    .row("Persistent:", guest.persistent() ? "yes" : "no")
                    .row("libvirt job:", seen.jobActive() ? "open" : "none")
                    .row("Writable disks:", String.join(", ", definition.writableDisks()))
                    .row("Read-only disks:", String.join(", ", definition.readOnlyDisks()))
                    .row("Checkpoints:", String.valueOf(checkpoints.size()))
                    .row(
                            "Newest:",
                            newest(checkpoints).map(one -> one.id().text()).orElse(""))
                    .row(
                            "Kept states:",
                            kept.stream()
                                    .map(one -> one.state().reference() + " on "
                                            + one.host().name() + " until "
                                            + Amounts.time(KeptStates.until(one.state())))
                                    .collect(Collectors.joining(", ")))
                    .print(out);
        }
    }

    private static Optional<Manifest> newest(List<Manifest> checkpoints) {
        return checkpoints.isEmpty() ? Optional.empty() : Optional.of(checkpoints.get(checkpoints.size() - 1));
    }

    private static void write(
            Json json, List<Seen> found, List<Manifest> checkpoints, Findings findings, List<Kept> kept) {
        json.objects("guests", found, (inner, seen) -> {
            GuestList.write(inner, new GuestList.Row(seen.host(), seen.guest()));
            inner.field("kind", seen.definition().kind().name().toLowerCase(Locale.ROOT));
            inner.field("jobActive", seen.jobActive());
            inner.texts("writableDisks", seen.definition().writableDisks());
            inner.texts("readOnlyDisks", seen.definition().readOnlyDisks());
        });
        json.objects("checkpoints", checkpoints, findings::write);
        json.objects(
                "kept",
                kept,
                (inner, one) -> CheckpointConfirm.write(inner, one.host().name(), one.state()));
    }
}
