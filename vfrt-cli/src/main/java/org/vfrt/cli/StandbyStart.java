package org.vfrt.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.vfrt.cli.output.ExitCode;
import org.vfrt.cli.output.Table;
import org.vfrt.core.hot.EpochStart;
import org.vfrt.core.text.Amounts;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code vfrt standby start}. Hidden: for a person without any other vfrt that could tell that the host is dead. */
@Command(
        hidden = true,
        description = "Start a guest from its last complete epoch, because a person says that its host is dead.",
        sortOptions = false)
final class StandbyStart implements Callable<Integer> {

    private final Session session;

    @Parameters(paramLabel = "DIRECTORY", description = "The directory of its epochs.")
    private Path directory = Path.of("");

    @Option(names = "--to", paramLabel = "HOST", required = true, description = "Where to start it.")
    private String host = "";

    @Option(
            names = "--dead",
            paramLabel = "HOST",
            required = true,
            description =
                    "The host that it ran on: its name, typed out by someone who has made certain that it is off. Refused when it answers.")
    private String dead = "";

    @Option(
            names = "--accept-disk-drift",
            paramLabel = "GUEST",
            description =
                    "Start it over its disks as they are: its name, typed out by someone who knows that nothing was written to them since"
                            + " the epoch.")
    private @Nullable String acceptedDrift;

    @Mixin
    private LockWait lockWait = new LockWait();

    StandbyStart(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        List<EpochStart.Outcome> outcomes = new ArrayList<>();
        EpochStart.Request request =
                new EpochStart.Request(directory, host, dead, Optional.ofNullable(acceptedDrift), lockWait.duration());
        session.interruption()
                .shelter(
                        "standby start",
                        () -> session.progress(
                                "standby start",
                                progress -> outcomes.add(session.operations().startByHand(request, progress))));
        EpochStart.Outcome outcome = outcomes.get(0);
        session.print(
                json -> json.field("guest", outcome.guest().name())
                        .field("host", host)
                        .field("epoch", outcome.epoch().number())
                        .field("instant", outcome.epoch().instant())
                        .field("tookMillis", outcome.took()),
                out -> Table.titled("GUEST", "HOST", "EPOCH", "OF", "TOOK")
                        .row(
                                outcome.guest().name(),
                                host,
                                Long.toString(outcome.epoch().number()),
                                Amounts.time(outcome.epoch().instant()),
                                Amounts.duration(outcome.took()))
                        .print(out));
        return ExitCode.DONE.number();
    }
}
