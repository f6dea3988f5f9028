package org.vfrt.cli;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.vfrt.cli.output.ExitCode;
import org.vfrt.cli.output.Json;
import org.vfrt.cli.output.Table;
import org.vfrt.core.checkpoint.RestoreForm;
import org.vfrt.core.claim.Claim;
import org.vfrt.core.failure.NotFound;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.standby.Ledger;
import org.vfrt.core.standby.Protection;
import org.vfrt.core.standby.StandbyStatus;
import org.vfrt.core.text.Amounts;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code vfrt standby status}. */
@Command(
        description =
                "Show where protected guests run, whether they are protected in fact, and how they came back last."
                        + " Ends with 5 when one is not.")
final class StandbyShow implements Callable<Integer> {

    private final Session session;

    @Parameters(paramLabel = "GUEST", arity = "0..1", description = "The guest; all when left out.")
    private @Nullable String guest;

    StandbyShow(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        StandbyStatus.Outcome outcome = new StandbyStatus(session.operations().standby()).run();
        List<StandbyStatus.Row> rows = outcome.guests().stream()
                .filter(row -> guest == null
                        || row.protection().name().equals(guest)
                        || row.protection().guest().toString().equals(guest))
                .toList();
        if (guest != null && rows.isEmpty()) {
            throw new NotFound(
                    "not-protected",
                    "guest '" + guest + "' is not protected",
                    "Protect it with 'vfrt standby protect'; 'vfrt standby status' lists those that are.");
        }
        session.print(
                json -> json.objects("guests", rows, StandbyShow::write)
                        .text("disarmed", outcome.disarmed())
                        .texts("failingOver", outcome.failingOver()),
                out -> table(rows).print(out));
        rows.forEach(row -> alarm(row).ifPresent(session::warn));
        outcome.disarmed().ifPresent(session::note);
        outcome.failingOver()
                .forEach(host -> session.note("host '" + host
                        + "' is being failed over; 'vfrt standby run' or the same failover again goes on with it"));
        boolean all = outcome.disarmed().isEmpty()
                && rows.stream().allMatch(row -> row.state() == StandbyStatus.State.PROTECTED);
        return all ? ExitCode.DONE.number() : ExitCode.PARTLY_FAILED.number();
    }

    private static Table table(List<StandbyStatus.Row> rows) {
        Table table = Table.titled(
                "GUEST",
                "STATE",
                "HOST",
                "READY ON",
                "TIER",
                "COPY AGE",
                "INTERVAL",
                "TARGET",
                "EPOCH",
                "LAST RTO",
                "LAST LOSS");
        rows.forEach(row -> table.row(
                row.protection().name(),
                state(row),
                row.claim().map(claim -> claim.at().host()).orElse(""),
                row.protection().standby().orElse("nowhere"),
                row.protection().tier().text(),
                row.age().map(Amounts::duration).orElse("none"),
                Amounts.duration(row.protection().interval()),
                Amounts.duration(row.protection().promised()),
                row.claim().map(claim -> Long.toString(claim.epoch())).orElse(""),
                row.last().flatMap(Ledger.Line::took).map(Amounts::duration).orElse(""),
                row.last().flatMap(Ledger.Line::lost).map(Amounts::duration).orElse("")));
        return table;
    }

    /** Said loudly: who looks at a table alone may overlook a word in it. */
    private static Optional<Reason> alarm(StandbyStatus.Row row) {
        String guest = "guest '" + row.protection().name() + "'";
        return switch (row.state()) {
            case BEHIND ->
                Optional.of(new Reason(
                        "copy-too-old",
                        guest + " is NOT protected as promised: its copy is "
                                + row.age().map(Amounts::duration).orElse("of an unknown age")
                                + (row.age().isPresent() ? " old" : "") + ", and "
                                + Amounts.duration(row.protection().promised()) + " are allowed",
                        "See whether 'vfrt standby run' is at work, and what it says."));
            case UNPROTECTED ->
                Optional.of(new Reason(
                        "no-copy",
                        guest + " is NOT protected: "
                                + (row.age().isEmpty() ? "there is no copy of it here" : "no host keeps it ready"),
                        "See whether 'vfrt standby run' is at work, and what it says."));
            default -> Optional.empty();
        };
    }

    private static String state(StandbyStatus.Row row) {
        return word(row.state());
    }

    private static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    private static void write(Json json, StandbyStatus.Row row) {
        write(json, row.protection());
        json.field("state", word(row.state()))
                .text("host", row.claim().map(claim -> claim.at().host()))
                .text("boot", row.claim().map(claim -> claim.at().boot()))
                .text("phase", row.claim().map(Claim::phase).map(StandbyShow::word))
                .field("epoch", row.claim().map(Claim::epoch).orElse(0L))
                .duration("copyAgeMillis", row.age())
                .duration("targetMillis", Optional.of(row.protection().promised()));
        json.object("last", row.last(), StandbyShow::write);
    }

    static void write(Json json, Protection protection) {
        json.field("guest", protection.name())
                .field("guestUuid", protection.guest().toString())
                .field("tier", protection.tier().text())
                .field("home", protection.home())
                .text("standby", protection.standby())
                .field("placed", protection.placed())
                .duration("intervalMillis", Optional.of(protection.interval()))
                .field("priority", protection.priority())
                .texts("after", protection.after().stream().map(UUID::toString).toList())
                .texts(
                        "recover",
                        protection.recover().stream().map(RestoreForm::text).toList())
                .field("health", protection.health().text());
    }

    static void write(Json json, Ledger.Line line) {
        json.field("epoch", line.epoch())
                .text("from", line.from())
                .field("to", line.to())
                .text("because", line.because())
                .text("form", line.form())
                .duration("lostMillis", line.lost())
                .duration("rtoMillis", line.took())
                .field("healthy", line.healthy());
    }
}
