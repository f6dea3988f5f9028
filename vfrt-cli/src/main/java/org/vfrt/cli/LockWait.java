package org.vfrt.cli;

import java.time.Duration;
import picocli.CommandLine.Option;

/** {@code --lock-wait}, of every command that holds a guest. */
final class LockWait {

    @Option(
            names = "--lock-wait",
            paramLabel = "DURATION",
            converter = DurationConverter.class,
            description =
                    "Wait so long for another operation on the guest, for example 5m; the default is not to wait.")
    private Duration duration = Duration.ZERO;

    Duration duration() {
        return duration;
    }
}
