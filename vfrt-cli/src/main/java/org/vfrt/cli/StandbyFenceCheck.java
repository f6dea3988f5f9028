package org.vfrt.cli;

import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.vfrt.cli.output.Json;
import org.vfrt.cli.output.Problem;
import org.vfrt.cli.output.Table;
import org.vfrt.core.evidence.CheckFence;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.pool.Host;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code vfrt standby fence check}. */
@Command(
        description =
                "Ask each fence device whether it answers, takes the password, and can tell whether its host has power."
                        + " Changes nothing; meant for cron.")
final class StandbyFenceCheck implements Callable<Integer> {

    private final Session session;

    @Parameters(
            paramLabel = "HOST",
            arity = "0..1",
            description = "The host whose devices are asked; all when left out.")
    private @Nullable String name;

    StandbyFenceCheck(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        Operations operations = session.operations();
        List<Host> hosts = operations.configuration().hosts();
        List<String> asked = (name == null ? hosts : List.of(AskHosts.named(hosts, name)))
                .stream().map(Host::name).toList();
        List<CheckFence.Checked> checked = operations.checkFence(asked);
        List<String> without = asked.stream()
                .filter(host -> checked.stream().noneMatch(one -> one.host().equals(host)))
                .toList();
        if (checked.isEmpty()) {
            throw new BadInput(
                    "no-fence-device",
                    name == null ? "no host has a fence device" : "host '" + name + "' has no fence device",
                    "Name one under 'fence' of the host in the configuration.");
        }
        session.print(
                json -> json.objects("devices", checked, StandbyFenceCheck::write)
                        .texts("without", without),
                out -> table(checked).print(out));
        without.forEach(host -> session.note("host '" + host + "' has no fence device"));
        List<Failure> failures =
                checked.stream().flatMap(one -> one.failure().stream()).toList();
        return session.end(
                checked.size(),
                failures,
                failures.size() + " of " + checked.size() + " fence devices cannot be relied on");
    }

    private static String power(CheckFence.Checked one) {
        return one.power().map(power -> power.name().toLowerCase(Locale.ROOT)).orElse("unknown");
    }

    private static Table table(List<CheckFence.Checked> checked) {
        Table table = Table.titled("HOST", "LEVEL", "DEVICE", "POWER");
        checked.forEach(one -> table.row(one.host(), String.valueOf(one.level()), one.device(), power(one)));
        return table;
    }

    private static void write(Json json, CheckFence.Checked one) {
        json.field("host", one.host())
                .field("level", one.level())
                .field("device", one.device())
                .field("power", power(one));
        json.object(
                "error", one.failure(), (inner, failure) -> Problem.of(failure).writeTo(inner));
    }
}
