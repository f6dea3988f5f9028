package org.vfrt.cli;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.vfrt.cli.output.Json;
import org.vfrt.cli.output.Problem;
import org.vfrt.cli.output.Table;
import org.vfrt.core.pool.Host;
import org.vfrt.core.pool.HostFacts;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.text.Amounts;
import picocli.CommandLine.Command;

/** {@code vfrt host list}. */
@Command(description = "List the hosts of the pool, and which of them answer.")
final class HostList implements Callable<Integer> {

    private final Session session;

    HostList(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        Operations operations = session.operations();
        List<AskHosts.Answer<HostFacts>> answers = new AskHosts(operations.hypervisors(), AskHosts.DEADLINE)
                .run(operations.configuration().hosts(), Hypervisor::facts);
        session.print(
                json -> json.objects("hosts", answers, HostList::write),
                out -> table(answers).print(out));
        return session.end(answers.size(), AskHosts.failures(answers), AskHosts.silence(answers));
    }

    private static Table table(List<AskHosts.Answer<HostFacts>> answers) {
        Table table = Table.titled("HOST", "STATE", "HYPERVISOR", "LIBVIRT", "CPUS", "MEMORY", "FREE", "URI");
        for (AskHosts.Answer<HostFacts> answer : answers) {
            Host host = answer.host();
            Optional<HostFacts> facts = answer.value();
            table.row(
                    host.name(),
                    facts.isPresent() ? "up" : "silent",
                    facts.map(one -> one.hypervisor() + " " + one.hypervisorVersion())
                            .orElse(""),
                    facts.map(one -> one.libvirtVersion().toString()).orElse(""),
                    facts.map(one -> String.valueOf(one.cpus())).orElse(""),
                    facts.map(one -> Amounts.bytes(one.memoryBytes())).orElse(""),
                    facts.map(one -> Amounts.bytes(one.freeMemoryBytes())).orElse(""),
                    host.uri().text());
        }
        return table;
    }

    private static void write(Json json, AskHosts.Answer<HostFacts> answer) {
        json.field("name", answer.host().name())
                .field("uri", answer.host().uri().text());
        json.field("state", answer.value().isPresent() ? "up" : "silent");
        json.object("facts", answer.value(), HostList::writeFacts);
        json.object(
                "error",
                answer.failure(),
                (inner, failure) -> Problem.of(failure).writeTo(inner));
    }

    static void writeFacts(Json json, HostFacts facts) {
        json.field("hostName", facts.hostName())
                .field("hypervisor", facts.hypervisor())
                .field("hypervisorVersion", facts.hypervisorVersion().toString())
                .field("libvirtVersion", facts.libvirtVersion().toString())
                .field("cpus", facts.cpus())
                .field("memoryBytes", facts.memoryBytes())
                .field("freeMemoryBytes", facts.freeMemoryBytes());
    }
}
