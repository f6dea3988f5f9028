package org.vfrt.cli;

import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.vfrt.cli.output.ExitCode;
import org.vfrt.core.evidence.Evidence;
import org.vfrt.core.failure.NotFound;
import org.vfrt.core.standby.ConfirmDead;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code vfrt standby confirm-dead}. */
@Command(
        description =
                "Give your word that a host is dead: that you have seen its power off, or taken it away. From then on its protected"
                        + " guests may be started elsewhere. If it is not dead, they run twice.",
        sortOptions = false)
final class StandbyConfirmDead implements Callable<Integer> {

    private final Session session;

    @Parameters(paramLabel = "HOST", description = "The host.")
    private @Nullable String host;

    @Option(names = "--as", paramLabel = "NAME", required = true, description = "Your own name, which is kept with it.")
    private @Nullable String person;

    @Option(names = "--yes", description = "Do not ask.")
    private boolean yes;

    StandbyConfirmDead(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        String named = String.valueOf(host);
        Operations operations = session.operations();
        operations.standby().pool().host(named);
        ConfirmDead confirm = new ConfirmDead(operations.standby());
        Set<String> boots = confirm.boots(named);
        if (boots.isEmpty()) {
            throw new NotFound(
                    "nothing-claimed",
                    "no protected guest is claimed by host '" + named + "'",
                    "See 'vfrt standby status'.");
        }
        session.confirm(yes, "Have you seen that host '" + named + "' has no power, and will not get any by itself?");
        List<Evidence> evidence = confirm.run(named, named, String.valueOf(person), boots);
        session.print(
                json -> json.field("host", named)
                        .texts("evidence", evidence.stream().map(Evidence::text).toList()),
                out -> evidence.forEach(one -> out.println(one.text())));
        session.note("now type 'vfrt standby failover --host " + named + "'");
        return ExitCode.DONE.number();
    }
}
