package org.vfrt.cli;

import java.util.List;
import java.util.concurrent.Callable;
import org.vfrt.cli.output.Json;
import org.vfrt.cli.output.Table;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.Host;
import org.vfrt.core.pool.HostFacts;
import org.vfrt.core.text.Amounts;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code vfrt host show}. */
@Command(description = "Show one host, and the guests on it.")
final class HostShow implements Callable<Integer> {

    private final Session session;

    @Parameters(paramLabel = "HOST", description = "The host's name in the configuration.")
    private String name = "";

    HostShow(Session session) {
        this.session = session;
    }

    private record Seen(HostFacts facts, List<Guest> guests) {}

    @Override
    public Integer call() {
        Operations operations = session.operations();
        Host host = AskHosts.named(operations.configuration().hosts(), name);
        AskHosts.Answer<Seen> answer = new AskHosts(operations.hypervisors(), AskHosts.DEADLINE)
                .run(List.of(host), hypervisor -> new Seen(hypervisor.facts(), hypervisor.guests()))
                .get(0);
        answer.value()
                .ifPresent(seen -> session.print(
                        json -> write(json, host, seen),
                        out -> table(host, seen).print(out)));
        List<Failure> failures = AskHosts.failures(List.of(answer));
        return session.end(1, failures, "");
    }

    private static Table table(Host host, Seen seen) {
        HostFacts facts = seen.facts();
        long active =
                seen.guests().stream().filter(guest -> guest.state().active()).count();
        return Table.untitled()
                .row("Name:", host.name())
                .row("URI:", host.uri().text())
                .row("Calls itself:", facts.hostName())
                .row("Hypervisor:", facts.hypervisor() + " " + facts.hypervisorVersion())
                .row("libvirt:", facts.libvirtVersion().toString())
                .row("CPUs:", String.valueOf(facts.cpus()))
                .row("Memory:", Amounts.bytes(facts.memoryBytes()))
                .row("Free memory:", Amounts.bytes(facts.freeMemoryBytes()))
                .row("Capture address:", host.captureAddress().orElse(""))
                .row("Migration address:", host.migrationAddress().orElse(""))
                .row("Guests:", seen.guests().size() + ", " + active + " active");
    }

    private static void write(Json json, Host host, Seen seen) {
        json.object("host", one -> {
            one.field("name", host.name()).field("uri", host.uri().text());
            one.text("captureAddress", host.captureAddress());
            one.text("migrationAddress", host.migrationAddress());
            one.object("facts", inner -> HostList.writeFacts(inner, seen.facts()));
            one.objects(
                    "guests", seen.guests(), (inner, guest) -> GuestList.write(inner, new GuestList.Row(host, guest)));
        });
    }
}
