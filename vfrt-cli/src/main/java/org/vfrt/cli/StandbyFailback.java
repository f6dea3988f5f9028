package org.vfrt.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.vfrt.cli.output.ExitCode;
import org.vfrt.core.claim.Claim;
import org.vfrt.core.standby.MoveProtected;
import org.vfrt.core.standby.Protection;
import org.vfrt.core.standby.StandbyStatus;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code vfrt standby failback}. */
@Command(description = "Bring a protected guest home, live, to the host where it was when it was protected.")
final class StandbyFailback implements Callable<Integer> {

    private final Session session;

    @Parameters(paramLabel = "GUEST", description = "The guest.")
    private @Nullable String guest;

    StandbyFailback(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        Operations operations = session.operations();
        UUID uuid = ProtectedGuest.named(operations, String.valueOf(guest));
        String home = new StandbyStatus(operations.standby())
                .protections().stream()
                        .filter(one -> one.guest().equals(uuid))
                        .map(Protection::home)
                        .findFirst()
                        .orElseThrow();
        session.settle();
        List<Claim> moved = new ArrayList<>();
        session.interruption()
                .shelter(
                        "standby failback",
                        () -> moved.add(new MoveProtected(operations.standby(), operations.liveMigration())
                                .run(uuid, Optional.of(home))));
        StandbyFailover.printMoved(session, moved.get(0));
        return ExitCode.DONE.number();
    }
}
