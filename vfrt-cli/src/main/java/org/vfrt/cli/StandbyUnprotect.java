package org.vfrt.cli;

import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.vfrt.cli.output.ExitCode;
import org.vfrt.core.standby.UnprotectGuest;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code vfrt standby unprotect}. */
@Command(description = "Keep a guest ready no longer, and let it start anywhere again. Its checkpoints stay.")
final class StandbyUnprotect implements Callable<Integer> {

    private final Session session;

    @Parameters(paramLabel = "GUEST", description = "The guest.")
    private @Nullable String guest;

    StandbyUnprotect(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        Operations operations = session.operations();
        UUID uuid = ProtectedGuest.named(operations, String.valueOf(guest));
        List<String> notes = new UnprotectGuest(operations.standby()).run(uuid);
        session.print(
                json -> json.field("guest", String.valueOf(guest))
                        .field("guestUuid", uuid.toString())
                        .texts("notes", notes),
                out -> out.println("guest '" + guest + "' is not protected any more"));
        session.notes(notes);
        return ExitCode.DONE.number();
    }
}
