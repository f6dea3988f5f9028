package org.vfrt.cli;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.vfrt.cli.output.ExitCode;
import org.vfrt.cli.output.Json;
import org.vfrt.cli.output.Table;
import org.vfrt.core.epoch.Epoch;
import org.vfrt.core.epoch.EpochStatus;
import org.vfrt.core.text.Amounts;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code vfrt standby epochs}. Hidden: {@code standby status} says it of all guests. */
@Command(hidden = true, description = "Show how old the last complete epoch of a guest is.")
final class StandbyEpochs implements Callable<Integer> {

    private final Session session;

    @Parameters(paramLabel = "DIRECTORY", description = "The directory of its epochs.")
    private Path directory = Path.of("");

    StandbyEpochs(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        EpochStatus status = EpochStatus.of(directory);
        Instant now = Clock.systemUTC().instant();
        session.print(
                json -> write(json, status, now), out -> table(status, now).print(out));
        return ExitCode.DONE.number();
    }

    private static void write(Json json, EpochStatus status, Instant now) {
        json.text("instant", status.last().map(epoch -> epoch.instant().toString()))
                .text("epoch", status.last().map(epoch -> Long.toString(epoch.number())))
                .duration("ageMillis", status.age(now))
                .text("ageEpochs", status.ageEpochs(now).map(StandbyEpochs::number))
                .duration("transferMillis", status.last().map(StandbyEpochs::transfer))
                .text("pages", status.last().map(epoch -> Long.toString(epoch.pages())))
                .field("inUse", status.inUse())
                .text("ended", status.ended());
    }

    private static Table table(EpochStatus status, Instant now) {
        return Table.titled("EPOCH", "AGE", "IN EPOCHS", "RECEIVED IN", "STATE")
                .row(
                        status.last()
                                .map(epoch -> Long.toString(epoch.number()))
                                .orElse("none"),
                        status.age(now).map(Amounts::duration).orElse(""),
                        status.ageEpochs(now).map(StandbyEpochs::number).orElse(""),
                        status.last()
                                .map(StandbyEpochs::transfer)
                                .map(Amounts::duration)
                                .orElse(""),
                        status.inUse() ? "in use" : status.ended().orElse(""));
    }

    private static Duration transfer(Epoch epoch) {
        return Duration.between(epoch.instant(), epoch.complete());
    }

    private static String number(double epochs) {
        return String.format(Locale.ROOT, "%.1f", epochs);
    }
}
