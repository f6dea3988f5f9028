package org.vfrt.cli;

import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.vfrt.cli.output.ExitCode;
import org.vfrt.cli.output.Json;
import org.vfrt.cli.output.Table;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.pool.Host;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.standby.HostSetup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code vfrt host setup}. */
@Command(
        description =
                "Have a host start protected guests only where they may run: installs a hook of libvirt's there, and"
                        + " what keeps saved guests from coming back without it. Guests that run go on.")
final class HostSetUp implements Callable<Integer> {

    private final Session session;

    @Parameters(paramLabel = "HOST", description = "The host.")
    private @Nullable String name;

    @Option(names = "--dry-run", description = "Say what there is, and change nothing.")
    private boolean dryRun;

    @Option(names = "--remove", description = "Take it away again; refused while the host guards guests.")
    private boolean remove;

    HostSetUp(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        Operations operations = session.operations();
        Host host = AskHosts.named(operations.configuration().hosts(), String.valueOf(name));
        HostSetup.Task wish = remove ? HostSetup.Task.REMOVE : HostSetup.Task.INSTALL;
        List<HostSetup.Part> parts;
        try (Hypervisor there = operations.hypervisors().connect(host)) {
            parts = operations.hostSetup().run(there, dryRun ? HostSetup.Task.LOOK : wish);
        }
        boolean done = parts.stream()
                .allMatch(part ->
                        remove ? part.state().equals("missing") || part.kind().equals("daemon") : part.right());
        session.print(
                json -> json.field("host", host.name())
                        .field("ready", !remove && done)
                        .objects("parts", parts, HostSetUp::write),
                out -> table(parts).print(out));
        if (dryRun) {
            session.note(
                    done
                            ? "nothing is to be done on host '" + host.name() + "'"
                            : "host '" + host.name()
                                    + "' is to be changed, as it is not as it should be; nothing was done");
        } else if (!done) {
            throw new Failed(
                    "setup-incomplete",
                    "host '" + host.name() + "' is not as it should be",
                    "See above what is missing; type it again with '-v'.");
        }
        return ExitCode.DONE.number();
    }

    private static Table table(List<HostSetup.Part> parts) {
        Table table = Table.titled("PART", "STATE", "WHAT");
        parts.forEach(part -> table.row(part.kind(), part.state(), part.what()));
        return table;
    }

    private static void write(Json json, HostSetup.Part part) {
        json.field("kind", part.kind()).field("state", part.state()).field("what", part.what());
    }
}
