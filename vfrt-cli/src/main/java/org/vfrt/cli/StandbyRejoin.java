package org.vfrt.cli;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.vfrt.cli.output.ExitCode;
import org.vfrt.core.standby.Rejoin;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code vfrt standby rejoin}. */
@Command(
        description =
                "Let a host that came back run protected guests again: first all is removed that could bring back those that run"
                        + " elsewhere now. Refused while one of them runs there.")
final class StandbyRejoin implements Callable<Integer> {

    private final Session session;

    @Parameters(paramLabel = "HOST", description = "The host.")
    private @Nullable String host;

    StandbyRejoin(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        Rejoin.Outcome outcome = new Rejoin(session.operations().standby()).run(String.valueOf(host));
        session.print(
                json -> json.field("host", outcome.place().host())
                        .field("boot", outcome.place().boot())
                        .texts("removed", outcome.removed()),
                out -> {
                    outcome.removed().forEach(what -> out.println("removed: " + what));
                    out.println("host '" + host + "' may run protected guests again");
                });
        return ExitCode.DONE.number();
    }
}
