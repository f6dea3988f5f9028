package org.vfrt.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.vfrt.cli.output.ExitCode;
import org.vfrt.cli.output.Json;
import org.vfrt.cli.output.Problem;
import org.vfrt.cli.output.Table;
import org.vfrt.core.claim.Claim;
import org.vfrt.core.evidence.Evidence;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.standby.FailOver;
import org.vfrt.core.standby.Ledger;
import org.vfrt.core.standby.MoveProtected;
import org.vfrt.core.text.Amounts;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code vfrt standby failover}. What a monitoring alert starts. */
@Command(
        description =
                "Bring the protected guests of a dead host back elsewhere, when it is proved that it is dead; may be started again"
                        + " and again, by anybody. With '--planned', move one guest away live, from a host that is well.",
        sortOptions = false)
final class StandbyFailover implements Callable<Integer> {

    private static final Pattern ALERT = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");

    private final Session session;

    @Option(names = "--host", paramLabel = "HOST", description = "The host that is dead.")
    private @Nullable String host;

    @Option(
            names = "--alert-id",
            paramLabel = "ID",
            description = "The alert that says so: the same one again changes nothing.")
    private @Nullable String alert;

    @Option(
            names = "--despite-many",
            description = "Also when so many hosts are silent that the network is probably at fault.")
    private boolean despiteMany;

    @Option(names = "--planned", description = "Move a guest away from a host that is well.")
    private boolean planned;

    @Parameters(paramLabel = "GUEST", arity = "0..1", description = "With '--planned': the guest.")
    private @Nullable String guest;

    @Option(
            names = "--to",
            paramLabel = "HOST",
            description = "With '--planned': where to; the default is the host that keeps it ready.")
    private @Nullable String to;

    StandbyFailover(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        if (planned) {
            return move();
        }
        if (guest != null || to != null || host == null) {
            throw new BadInput(
                    "failover-of-what",
                    host == null ? "no host is named" : "a guest or a target is for '--planned' only",
                    "Say '--host HOST' for a host that is dead, or '--planned GUEST' for one that is well.");
        }
        if (alert != null && !ALERT.matcher(alert).matches()) {
            throw new BadInput(
                    "bad-alert-id",
                    "'" + alert + "' cannot be the id of an alert",
                    "Use 1 to 100 letters, digits and '.', '_', '-'.");
        }
        session.operations().standby().pool().host(host);
        List<FailOver.Outcome> outcome = new ArrayList<>();
        FailOver.Request request = new FailOver.Request(host, Optional.ofNullable(alert), despiteMany);
        session.interruption()
                .shelter(
                        "standby failover",
                        () -> outcome.add(new FailOver(session.operations().standby(), session::note).run(request)));
        return print(outcome.get(0));
    }

    private int print(FailOver.Outcome outcome) {
        session.print(
                json -> json.field("host", outcome.host())
                        .field("known", outcome.known())
                        .objects("evidence", outcome.evidence(), StandbyFailover::write)
                        .objects("guests", outcome.guests(), StandbyFailover::write),
                out -> table(outcome).print(out));
        outcome.evidence().forEach(evidence -> session.note(evidence.text()));
        if (outcome.known()) {
            session.note("alert '" + alert + "' was dealt with before; nothing was done");
        } else if (outcome.guests().isEmpty()) {
            session.note("no protected guest is claimed by host '" + outcome.host() + "'");
        }
        List<Failure> failures = new ArrayList<>();
        for (FailOver.Result result : outcome.guests()) {
            result.troubles()
                    .forEach(trouble ->
                            session.note("guest '" + result.protection().name() + "': " + trouble.text()));
            result.failure().ifPresent(failures::add);
        }
        return session.end(
                outcome.guests().size(),
                failures,
                failures.size() + " of " + outcome.guests().size() + " guests of host '" + outcome.host()
                        + "' are not back");
    }

    private static Table table(FailOver.Outcome outcome) {
        Table table = Table.titled("GUEST", "HOST", "EPOCH", "FORM", "LOST AT MOST", "RTO", "HEALTHY");
        outcome.guests()
                .forEach(result -> table.row(
                        result.protection().name(),
                        result.failure().isPresent()
                                ? "does not run"
                                : result.claim().map(claim -> claim.at().host()).orElse(""),
                        result.claim()
                                .map(claim -> Long.toString(claim.epoch()))
                                .orElse(""),
                        result.line().flatMap(Ledger.Line::form).orElse(""),
                        result.line()
                                .flatMap(Ledger.Line::lost)
                                .map(Amounts::duration)
                                .orElse(""),
                        result.line()
                                .flatMap(Ledger.Line::took)
                                .map(Amounts::duration)
                                .orElse(""),
                        result.line().map(line -> line.healthy() ? "yes" : "no").orElse("")));
        return table;
    }

    private static void write(Json json, Evidence evidence) {
        json.field("kind", evidence.kind().text())
                .field("host", evidence.place().host())
                .field("boot", evidence.place().boot())
                .field("at", evidence.at())
                .field("text", evidence.text());
    }

    private static void write(Json json, FailOver.Result result) {
        StandbyShow.write(json, result.protection());
        json.text("host", result.claim().map(claim -> claim.at().host()))
                .field("epoch", result.claim().map(Claim::epoch).orElse(0L));
        json.object("line", result.line(), StandbyShow::write);
        json.texts("troubles", result.troubles().stream().map(Reason::text).toList());
        json.object(
                "error",
                result.failure(),
                (inner, failure) -> Problem.of(failure).writeTo(inner));
    }

    private int move() {
        if (guest == null || host != null || alert != null || despiteMany) {
            throw new BadInput(
                    "failover-of-what",
                    guest == null ? "no guest is named" : "'--host' and what goes with it are for a host that is dead",
                    "Say '--planned GUEST', with '--to HOST' if you like.");
        }
        List<Claim> moved = new ArrayList<>();
        Operations operations = session.operations();
        String named = guest;
        if (to != null) {
            operations.standby().pool().host(to);
        }
        session.settle();
        session.interruption()
                .shelter(
                        "standby failover",
                        () -> moved.add(new MoveProtected(operations.standby(), operations.liveMigration())
                                .run(ProtectedGuest.named(operations, named), Optional.ofNullable(to))));
        printMoved(session, moved.get(0));
        return ExitCode.DONE.number();
    }

    static void printMoved(Session session, Claim claim) {
        session.print(
                json -> json.field("guest", claim.name())
                        .field("guestUuid", claim.guest().toString())
                        .field("host", claim.at().host())
                        .field("epoch", claim.epoch()),
                out -> Table.titled("GUEST", "HOST", "EPOCH")
                        .row(claim.name(), claim.at().host(), Long.toString(claim.epoch()))
                        .print(out));
    }
}
