package org.vfrt.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.vfrt.cli.output.ExitCode;
import org.vfrt.cli.output.Json;
import org.vfrt.cli.output.Problem;
import org.vfrt.cli.output.Table;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.pool.Host;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code vfrt host check}. */
@Command(
        description = "Say everything that stands in the way of working with the hosts, at once."
                + " Settles first what commands that died left behind.")
final class HostCheck implements Callable<Integer> {

    private final Session session;

    @Parameters(paramLabel = "HOST", arity = "0..1", description = "The host to check; all when left out.")
    private @Nullable String name;

    HostCheck(Session session) {
        this.session = session;
    }

    private record Checked(Host host, Optional<Failure> failure) {
        String verdict() {
            if (failure.isEmpty()) {
                return "ready";
            }
            return failure.get() instanceof Refused ? "not ready" : "silent";
        }
    }

    @Override
    public Integer call() {
        Operations operations = session.operations();
        List<Host> hosts = operations.configuration().hosts();
        if (hosts.isEmpty()) {
            throw new BadInput("no-hosts", "no host is configured", "Name one with '--connect URI'.");
        }
        List<Host> asked = name == null ? hosts : List.of(AskHosts.named(hosts, name));
        List<String> settled = session.settle();
        List<Checked> checked = new ArrayList<>();
        for (Host host : asked) {
            checked.add(new Checked(host, check(operations, host)));
        }
        session.print(
                json -> json.objects("hosts", checked, HostCheck::write)
                        .texts("settled", settled)
                        .objects("unsettled", session.unsettled(), Problem::write),
                out -> table(checked).print(out));
        List<Failure> failures =
                checked.stream().flatMap(one -> one.failure().stream()).toList();
        if (!failures.isEmpty() || session.unsettled().isEmpty()) {
            return session.end(
                    asked.size(), failures, failures.size() + " of " + asked.size() + " hosts are not ready");
        }
        // Said already, with what is in the way.
        return ExitCode.FAILED.number();
    }

    private static Optional<Failure> check(Operations operations, Host host) {
        try {
            List<Reason> reasons = operations.checkHost(host);
            return reasons.isEmpty()
                    ? Optional.empty()
                    : Optional.of(new Refused("host '" + host.name() + "' is not ready", reasons));
        } catch (Failure failure) {
            return Optional.of(failure);
        }
    }

    private static Table table(List<Checked> checked) {
        Table table = Table.titled("HOST", "VERDICT", "PROBLEMS");
        for (Checked one : checked) {
            int problems = one.failure()
                    .map(failure -> Math.max(1, failure.reasons().size()))
                    .orElse(0);
            table.row(one.host().name(), one.verdict(), String.valueOf(problems));
        }
        return table;
    }

    private static void write(Json json, Checked one) {
        json.field("name", one.host().name()).field("verdict", one.verdict());
        json.object(
                "error", one.failure(), (inner, failure) -> Problem.of(failure).writeTo(inner));
    }
}
