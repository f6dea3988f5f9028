package org.vfrt.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.vfrt.cli.output.ExitCode;
import org.vfrt.cli.output.Json;
import org.vfrt.cli.output.Problem;
import org.vfrt.cli.output.Table;
import org.vfrt.core.checkpoint.ForeseeFailure;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.placement.Candidate;
import org.vfrt.core.placement.Survival;
import org.vfrt.core.text.Amounts;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code vfrt host failure}. */
@Command(
        description =
                "Say what would become of the guests if a host died now: where each would be brought back, and from which"
                        + " checkpoint. Changes nothing.")
final class HostFailure implements Callable<Integer> {

    private static final String COLD_START = "none: only a cold start";

    private final Session session;

    @Parameters(
            paramLabel = "HOST",
            arity = "0..1",
            description = "The host or failure domain that would die; each failure domain in turn when left out.")
    private @Nullable String name;

    HostFailure(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        Operations operations = session.operations();
        if (operations.configuration().hosts().isEmpty()) {
            throw new BadInput("no-hosts", "no host is configured", "Name one with '--connect URI'.");
        }
        ForeseeFailure.Outcome outcome = operations.foreseeFailure(Optional.ofNullable(name));
        session.print(
                json -> json.objects("failures", outcome.failures(), HostFailure::write)
                        .texts("notes", outcome.notes()),
                out -> table(outcome).print(out));
        session.notes(outcome.notes());
        List<Reason> reasons = homeless(outcome);
        if (reasons.isEmpty()) {
            return outcome.failures().stream()
                            .allMatch(failure -> failure.silent().isEmpty())
                    ? ExitCode.DONE.number()
                    : ExitCode.PARTLY_FAILED.number();
        }
        return session.report(new Problem(
                "no-place",
                reasons.size() == 1 ? "a guest would find no place" : reasons.size() + " guests would find no place",
                "Make room, or change the rules; 'vfrt config show' has those of the configuration.",
                reasons,
                List.of(),
                ExitCode.FAILED,
                Optional.empty()));
    }

    private static Table table(ForeseeFailure.Outcome outcome) {
        Table table = Table.titled("DOMAIN", "HOST", "GUEST", "MEMORY", "GOES TO", "CHECKPOINT", "AGE");
        for (ForeseeFailure.Foreseen failure : outcome.failures()) {
            Survival survival = failure.survival();
            if (failure.fates().isEmpty()) {
                table.row(survival.domain(), String.join(", ", survival.hosts()), "", "", "", "", "");
            }
            for (ForeseeFailure.Fate fate : failure.fates()) {
                table.row(
                        survival.domain(),
                        fate.guest().host(),
                        fate.guest().name(),
                        Amounts.bytes(fate.guest().need().memoryBytes()),
                        fate.to().orElse(""),
                        fate.saved().map(saved -> saved.manifest().id().text()).orElse(COLD_START),
                        fate.saved().map(saved -> Amounts.duration(saved.age())).orElse(""));
            }
        }
        return table;
    }

    private static List<Reason> homeless(ForeseeFailure.Outcome outcome) {
        List<Reason> reasons = new ArrayList<>();
        for (ForeseeFailure.Foreseen failure : outcome.failures()) {
            String maybe = failure.survival().proven() ? "" : " was found in the time there was";
            for (Survival.Homeless homeless : failure.survival().homeless()) {
                reasons.add(new Reason(
                        "no-place",
                        "when '" + failure.survival().domain() + "' dies, no place" + maybe + " for guest '"
                                + homeless.guest() + "': " + homeless.why(),
                        ""));
            }
        }
        return reasons;
    }

    private static void write(Json json, ForeseeFailure.Foreseen failure) {
        Survival survival = failure.survival();
        json.field("domain", survival.domain())
                .texts("hosts", survival.hosts())
                .field("survived", failure.survived())
                .field("proven", failure.proven())
                .texts("silent", failure.silent())
                .field("shortfallBytes", survival.shortfallBytes())
                .objects("guests", failure.fates(), HostFailure::write);
    }

    private static void write(Json json, ForeseeFailure.Fate fate) {
        json.field("name", fate.guest().name())
                .field("uuid", fate.guest().uuid().toString())
                .field("host", fate.guest().host())
                .field("memoryBytes", fate.guest().need().memoryBytes())
                .text("to", fate.to())
                .objects(
                        "candidates",
                        fate.why().map(Survival.Homeless::candidates).orElse(List.of()),
                        HostFailure::write)
                .object(
                        "checkpoint",
                        fate.saved(),
                        (inner, saved) -> inner.field(
                                        "id", saved.manifest().id().text())
                                .field("instant", saved.manifest().instant())
                                .field("ageMillis", saved.age()));
    }

    private static void write(Json json, Candidate candidate) {
        json.field("host", candidate.host())
                .objects(
                        "rejections",
                        candidate.rejections(),
                        (inner, rejection) ->
                                inner.field("code", rejection.code().text()).field("text", rejection.text()));
    }
}
