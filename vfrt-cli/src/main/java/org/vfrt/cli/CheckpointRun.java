package org.vfrt.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.vfrt.cli.output.Json;
import org.vfrt.cli.output.Problem;
import org.vfrt.cli.output.Table;
import org.vfrt.core.checkpoint.CreateCheckpoint;
import org.vfrt.core.checkpoint.Manifest;
import org.vfrt.core.checkpoint.Method;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.policy.PlanRun;
import org.vfrt.core.policy.RunPolicy;
import org.vfrt.core.text.Amounts;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code vfrt checkpoint run}. Made for cron and timers: with {@code -q} it prints failures only. */
@Command(
        description = "Take the checkpoints that are due by the configuration's policies, and remove those that the"
                + " policies do not keep. Runs may overlap.",
        sortOptions = false)
final class CheckpointRun implements Callable<Integer> {

    private final Session session;

    @Option(names = "--policy", paramLabel = "NAME", description = "The guests of this policy only.")
    private @Nullable String policy;

    @Mixin
    private CollectAtEnd collect = new CollectAtEnd();

    @Option(names = "--dry-run", description = "Say what is due and what would be removed, and change nothing.")
    private boolean dryRun;

    CheckpointRun(Session session) {
        this.session = session;
    }

    /** One guest, or one host that did not answer. */
    private record Row(
            Optional<String> guest,
            Optional<UUID> uuid,
            Optional<String> host,
            Optional<String> policy,
            RunPolicy.Outcome outcome) {

        static Row of(PlanRun.Trouble trouble) {
            return new Row(
                    trouble.guest(),
                    Optional.empty(),
                    trouble.host(),
                    Optional.empty(),
                    RunPolicy.Outcome.without(RunPolicy.Result.FAILED, Optional.of(trouble.failure())));
        }

        static Row of(PlanRun.Planned planned, RunPolicy.Outcome outcome) {
            return new Row(
                    Optional.of(planned.guest().name()),
                    Optional.of(planned.guest().uuid()),
                    outcome.checkpoint().map(CreateCheckpoint.Outcome::hostName),
                    Optional.of(planned.policy().name()),
                    outcome);
        }

        Optional<Manifest> manifest() {
            return outcome.checkpoint().flatMap(CreateCheckpoint.Outcome::manifest);
        }

        List<String> notes() {
            return outcome.checkpoint().map(CreateCheckpoint.Outcome::notes).orElse(List.of());
        }

        String word() {
            return outcome.result() == RunPolicy.Result.BUSY
                    ? "busy elsewhere"
                    : outcome.result().name().toLowerCase(Locale.ROOT).replace('_', ' ');
        }
    }

    @Override
    public Integer call() {
        Operations operations = session.operations();
        List<Row> rows = new ArrayList<>();
        List<String> settled = new ArrayList<>();
        session.interruption().shelter("checkpoint run", () -> {
            settled.addAll(session.settle());
            PlanRun.Plan plan = operations.planRun(Optional.ofNullable(policy));
            plan.guests().forEach(planned -> rows.add(Row.of(planned, one(operations, planned))));
            plan.troubles().forEach(trouble -> rows.add(Row.of(trouble)));
        });
        CollectAtEnd.Result collected = collect.run(
                session,
                dryRun
                        ? List.of()
                        : rows.stream()
                                .flatMap(row -> row.outcome().removed().stream())
                                .map(Optional::of)
                                .toList());
        session.print(
                json -> {
                    json.field("dryRun", dryRun)
                            .objects("results", rows, CheckpointRun::write)
                            .texts("settled", settled)
                            .objects("unsettled", session.unsettled(), Problem::write);
                    collected.write(json);
                },
                out -> {
                    // Cron mails whatever is printed, and nobody reads a mail each quarter of an hour that all is well.
                    if (!session.quiet()) {
                        table(rows).print(out);
                    }
                });
        if (rows.isEmpty()) {
            session.note("no guest of the pool belongs to a policy");
        }
        rows.forEach(row -> session.notes(row.notes()));
        List<Failure> failures =
                rows.stream().flatMap(row -> row.outcome().failure().stream()).toList();
        collected.note(session);
        return collected.end(
                session,
                session.end(rows.size(), failures, failures.size() + " of " + rows.size() + " guests or hosts failed"));
    }

    private RunPolicy.Outcome one(Operations operations, PlanRun.Planned planned) {
        String guest = planned.guest().name();
        if (session.interruption().requested()) {
            return RunPolicy.Outcome.without(
                    RunPolicy.Result.FAILED,
                    Optional.of(new Failed("interrupted", "guest '" + guest + "' was not begun: interrupted", "")));
        }
        List<RunPolicy.Outcome> outcome = new ArrayList<>();
        session.progress(
                guest,
                progress ->
                        outcome.add(operations.runPolicy(planned, dryRun, plan -> announce(planned, plan), progress)));
        return outcome.get(0);
    }

    private void announce(PlanRun.Planned planned, CreateCheckpoint.Outcome plan) {
        boolean expected = planned.policy().method().isPresent() || plan.method() == Method.LIVE;
        if (session.watched() || !expected) {
            session.note(CheckpointCreate.sentence(plan));
        }
    }

    private static Table table(List<Row> rows) {
        Table table = Table.titled("GUEST", "HOST", "POLICY", "RESULT", "CHECKPOINT", "PAUSE", "REMOVED");
        for (Row row : rows) {
            table.row(
                    row.guest().orElse(""),
                    row.host().orElse(""),
                    row.policy().orElse(""),
                    row.word(),
                    row.manifest().map(manifest -> manifest.id().text()).orElse(""),
                    row.manifest()
                            .map(manifest -> Amounts.duration(manifest.pause()))
                            .orElse(""),
                    String.valueOf(row.outcome().removed().size()));
        }
        return table;
    }

    private static void write(Json json, Row row) {
        json.text("guest", row.guest())
                .text("guestUuid", row.uuid().map(UUID::toString))
                .text("host", row.host())
                .text("policy", row.policy())
                .field("result", row.word());
        json.object("plan", row.outcome().checkpoint(), CheckpointCreate::writePlan);
        json.object("checkpoint", row.manifest(), CheckpointShow::write);
        json.texts(
                "removed",
                row.outcome().removed().stream()
                        .map(manifest -> manifest.id().text())
                        .toList());
        json.texts("notes", row.notes());
        json.object(
                "error",
                row.outcome().failure(),
                (inner, failure) -> Problem.of(failure).writeTo(inner));
    }
}
