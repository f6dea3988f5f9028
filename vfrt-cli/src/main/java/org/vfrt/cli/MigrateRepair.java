package org.vfrt.cli;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.vfrt.cli.output.ExitCode;
import org.vfrt.cli.output.Json;
import org.vfrt.cli.output.Problem;
import org.vfrt.cli.output.Table;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.migrate.Diagnosis;
import org.vfrt.core.migrate.RepairGuests;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code vfrt migrate repair}. */
@Command(
        description = "Find what a broken migration left, whoever began it, and say the one safe thing to do about it.",
        sortOptions = false)
final class MigrateRepair implements Callable<Integer> {

    private final Session session;

    @Parameters(paramLabel = "GUEST", arity = "0..1", description = "A guest's name or UUID; all guests without it.")
    private @Nullable String guest;

    @Option(names = "--apply", description = "Do it.")
    private boolean apply;

    @Option(
            names = "--is-off",
            paramLabel = "HOST",
            description =
                    "This host does not answer because it is off: its name, typed out by someone who has made certain.")
    private Set<String> off = new LinkedHashSet<>();

    @Mixin
    private LockWait lockWait = new LockWait();

    MigrateRepair(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        List<String> settled = new ArrayList<>();
        List<RepairGuests.Report> reports = new ArrayList<>();
        session.interruption().shelter("migrate repair", () -> {
            settled.addAll(session.settle());
            reports.add(session.operations()
                    .repairGuests(
                            new RepairGuests.Request(Optional.ofNullable(guest), off, apply, lockWait.duration())));
        });
        RepairGuests.Report report = reports.get(0);
        List<RepairGuests.Outcome> outcomes = report.guests();
        session.print(
                json -> json.objects("guests", outcomes, MigrateRepair::write)
                        .objects("silent", report.silent().entrySet(), MigrateRepair::write)
                        .texts("settled", settled)
                        .objects("unsettled", session.unsettled(), Problem::write),
                out -> table(outcomes).print(out));
        if (outcomes.stream().allMatch(one -> one.diagnosis().healthy())) {
            String where = report.silent().isEmpty() ? "" : ", by the hosts that answer";
            session.note(
                    guest == null
                            ? "nothing is the matter with any guest" + where
                            : "nothing is the matter with guest '" + guest + "'" + where);
        }
        report.disbelieved()
                .forEach(host -> session.note("host '" + host + "' answers: '--is-off " + host + "' is not believed"));
        hints(outcomes);
        return end(report);
    }

    private int end(RepairGuests.Report report) {
        List<Failure> failures = new ArrayList<>(
                report.guests().stream().flatMap(one -> one.failure().stream()).toList());
        if (failures.isEmpty() && report.guests().stream().anyMatch(MigrateRepair::undecided)) {
            return ExitCode.REFUSED.number();
        }
        if (report.silent().isEmpty()) {
            return session.end(report.guests().size(), failures, "some guests could not be repaired");
        }
        String message = failures.isEmpty()
                ? "not every host answers: what the others have of guests is not known"
                : "some guests could not be repaired, and not every host answers";
        failures.addAll(report.silent().values());
        // What was asked of those that answer is one thing more, and did not fail.
        return session.end(report.guests().size() + report.silent().size() + 1, failures, message);
    }

    /** Something is the matter that only a human can decide. */
    private static boolean undecided(RepairGuests.Outcome outcome) {
        return !outcome.diagnosis().healthy() && outcome.diagnosis().repair().isEmpty();
    }

    private void hints(List<RepairGuests.Outcome> outcomes) {
        for (RepairGuests.Outcome outcome : outcomes) {
            Diagnosis diagnosis = outcome.diagnosis();
            if (!diagnosis.hint().isEmpty()) {
                session.note("guest '" + diagnosis.name() + "': " + diagnosis.hint());
            } else if (!apply && diagnosis.repair().isPresent()) {
                session.note("'vfrt migrate repair " + diagnosis.name() + " --apply' "
                        + diagnosis.repair().get().kind().words() + ", on host '"
                        + diagnosis.repair().get().host() + "'");
            } else if (!outcome.done().isEmpty()) {
                session.note("run it again: more may be left of guest '" + diagnosis.name() + "'");
            }
        }
    }

    private Table table(List<RepairGuests.Outcome> outcomes) {
        Table table = Table.titled("GUEST", "FOUND", apply ? "DONE" : "TO DO");
        for (RepairGuests.Outcome outcome : outcomes) {
            Diagnosis diagnosis = outcome.diagnosis();
            table.row(
                    diagnosis.name(),
                    diagnosis.healthy() ? "nothing is the matter" : String.join("; ", diagnosis.findings()),
                    apply ? done(outcome) : proposal(diagnosis));
        }
        return table;
    }

    private static String done(RepairGuests.Outcome outcome) {
        return outcome.done().isEmpty() ? "nothing" : String.join("; ", outcome.done());
    }

    private static String proposal(Diagnosis diagnosis) {
        return diagnosis
                .repair()
                .map(repair -> name(repair.kind()) + " on " + repair.host())
                .orElse(diagnosis.healthy() ? "nothing" : "a human has to decide");
    }

    private static String name(Enum<?> kind) {
        return kind.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static void write(Json json, Map.Entry<String, Failure> silent) {
        json.field("host", silent.getKey())
                .object("error", inner -> Problem.of(silent.getValue()).writeTo(inner));
    }

    private static void write(Json json, RepairGuests.Outcome outcome) {
        Diagnosis diagnosis = outcome.diagnosis();
        json.field("guest", diagnosis.name())
                .field("guestUuid", diagnosis.uuid().toString())
                .field("healthy", diagnosis.healthy())
                .texts("findings", diagnosis.findings())
                .object(
                        "repair",
                        diagnosis.repair(),
                        (inner, repair) ->
                                inner.field("kind", name(repair.kind())).field("host", repair.host()))
                .field("hint", diagnosis.hint())
                .texts("done", outcome.done())
                .object(
                        "error",
                        outcome.failure(),
                        (inner, failure) -> Problem.of(failure).writeTo(inner));
    }
}
