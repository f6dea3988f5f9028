package org.vfrt.cli;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.vfrt.cli.output.ExitCode;
import org.vfrt.core.failure.Temporary;
import org.vfrt.core.hot.GuestReceiver;
import org.vfrt.core.text.Amounts;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code vfrt standby receive}: the hot tier's process for one guest. Hidden: {@code standby} starts it. */
@Command(
        hidden = true,
        description = "Keep the last complete epoch of a running guest, until it is told to end or the guest is gone.",
        sortOptions = false)
final class StandbyReceive implements Callable<Integer> {

    private static final Duration LOOK = Duration.ofMillis(200);

    private final Session session;

    @Parameters(paramLabel = "GUEST", description = "A guest's name or UUID.")
    private String guest = "";

    @Option(names = "--host", paramLabel = "HOST", description = "Where it is.")
    private @Nullable String host;

    @Option(names = "--into", paramLabel = "DIRECTORY", required = true, description = "The directory of its epochs.")
    private Path into = Path.of("");

    @Option(
            names = "--interval",
            paramLabel = "DURATION",
            converter = DurationConverter.class,
            description = "Between two epochs; the default is 1s.")
    private Duration interval = Duration.ofSeconds(1);

    @Option(
            names = "--stall",
            paramLabel = "DURATION",
            converter = DurationConverter.class,
            description =
                    "How long the guest may be held up by a standby or a network that takes nothing, before it goes on without a copy; the"
                            + " default is 10s.")
    private Duration stall = Duration.ofSeconds(10);

    @Mixin
    private LockWait lockWait = new LockWait();

    StandbyReceive(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        List<GuestReceiver.Outcome> outcomes = new ArrayList<>();
        session.interruption().shelter("standby receive", () -> {
            session.settle();
            GuestReceiver receiver = session.operations().receiver();
            stopWhenAsked(receiver);
            outcomes.add(receiver.run(
                    new GuestReceiver.Request(
                            guest, Optional.ofNullable(host), into, interval, stall, lockWait.duration()),
                    epoch -> {}));
        });
        GuestReceiver.Outcome outcome = outcomes.get(0);
        session.notes(outcome.notes());
        if (session.interruption().requested()) {
            return ExitCode.DONE.number();
        }
        String last = outcome.last()
                .map(epoch -> "its last complete epoch is "
                        + Amounts.duration(Duration.between(
                                epoch.instant(), Clock.systemUTC().instant()))
                        + " old")
                .orElse("no epoch of it was complete");
        throw new Temporary(
                "stream-ended",
                "guest '" + outcome.guestName() + "' on host '" + outcome.hostName() + "' is not received any more: "
                        + outcome.why() + "; " + last,
                "See whether the host and the guest are well, and begin anew.");
    }

    private void stopWhenAsked(GuestReceiver receiver) {
        Thread watch = new Thread(
                () -> {
                    try {
                        while (!session.interruption().requested()) {
                            Thread.sleep(LOOK.toMillis());
                        }
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    receiver.stop();
                },
                "vfrt-receive-watch");
        watch.setDaemon(true);
        watch.start();
    }
}
