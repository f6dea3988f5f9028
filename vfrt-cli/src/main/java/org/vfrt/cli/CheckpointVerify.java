package org.vfrt.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.vfrt.cli.output.ExitCode;
import org.vfrt.cli.output.Json;
import org.vfrt.cli.output.Problem;
import org.vfrt.cli.output.Table;
import org.vfrt.core.checkpoint.CheckpointId;
import org.vfrt.core.checkpoint.CheckpointStore;
import org.vfrt.core.checkpoint.Manifest;
import org.vfrt.core.checkpoint.VerifyCheckpoint;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Damaged;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.NotFound;
import org.vfrt.core.text.Amounts;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code vfrt checkpoint verify}. */
@Command(
        description = "Read checkpoints to their last byte, and say whether they are whole."
                + " Ends with 8 as soon as one is damaged, also among several.")
final class CheckpointVerify implements Callable<Integer> {

    private final Session session;

    @Parameters(
            paramLabel = "ID",
            arity = "0..*",
            description = "A checkpoint's id or a unique beginning or end of it; or a guest, for its newest.")
    private List<String> whats = new ArrayList<>();

    @Option(names = "--all", description = "Verify every checkpoint in the store.")
    private boolean all;

    CheckpointVerify(Session session) {
        this.session = session;
    }

    private record Result(String id, Optional<VerifyCheckpoint.Outcome> outcome, Optional<Failure> failure) {
        String verdict() {
            if (failure.isEmpty()) {
                return "whole";
            }
            return failure.get() instanceof Damaged ? "damaged" : "not verified";
        }
    }

    @Override
    public Integer call() {
        if (all == !whats.isEmpty()) {
            throw new BadInput(
                    "which-checkpoints", "this needs either ids or '--all'", "List them with 'vfrt checkpoint list'.");
        }
        Operations operations = session.operations();
        List<Result> results = new ArrayList<>();
        Map<String, Optional<CheckpointId>> wanted = wanted(operations, results);
        wanted.forEach((name, id) -> results.add(id.map(one -> verify(operations, one))
                .orElseGet(() -> new Result(name, Optional.empty(), Optional.of(unreadable(name))))));
        if (all) {
            // Deleted since the list was read, by a pruning for instance.
            results.removeIf(result ->
                    result.failure().filter(NotFound.class::isInstance).isPresent());
        }
        session.print(
                json -> json.objects("results", results, CheckpointVerify::write),
                out -> table(results).print(out));
        results.forEach(result -> result.outcome().ifPresent(outcome -> session.notes(outcome.notes())));
        return end(results);
    }

    /** Returns what to verify, by name; without an id where the manifest cannot be read. What is not there fails by itself. */
    private Map<String, Optional<CheckpointId>> wanted(Operations operations, List<Result> results) {
        Map<String, Optional<CheckpointId>> wanted = new LinkedHashMap<>();
        if (all) {
            CheckpointStore.Listing listing = operations.store().listing();
            listing.manifests().forEach(manifest -> wanted.put(manifest.id().text(), Optional.of(manifest.id())));
            listing.unreadable().forEach(name -> wanted.put(name, Optional.empty()));
        }
        for (String what : whats) {
            try {
                Manifest manifest = operations.findCheckpoint(what);
                wanted.put(manifest.id().text(), Optional.of(manifest.id()));
            } catch (Failure failure) {
                results.add(new Result(what, Optional.empty(), Optional.of(failure)));
            }
        }
        return wanted;
    }

    private Result verify(Operations operations, CheckpointId id) {
        try {
            VerifyCheckpoint.Outcome outcome =
                    session.watching(id.text(), progress -> operations.verifyCheckpoint(id, progress));
            return new Result(id.text(), Optional.of(outcome), Optional.empty());
        } catch (Failure failure) {
            return new Result(id.text(), Optional.empty(), Optional.of(failure));
        }
    }

    private static Failure unreadable(String name) {
        return new Damaged(
                "checkpoint-damaged",
                "checkpoint '" + name + "' is damaged: its manifest cannot be read",
                "Look for the cause on the store's disk.");
    }

    private int end(List<Result> results) {
        List<Failure> failures =
                results.stream().flatMap(result -> result.failure().stream()).toList();
        if (failures.isEmpty()) {
            return ExitCode.DONE.number();
        }
        Problem problem = Problem.among(
                results.size(),
                failures,
                failures.size() + " of " + results.size() + " checkpoints could not be proved whole");
        // Damage must not hide behind "some failed": it is the one thing this command is asked for.
        boolean damage = failures.stream().anyMatch(Damaged.class::isInstance);
        return session.report(damage ? problem.endingWith("checkpoint-damaged", ExitCode.DAMAGED) : problem);
    }

    private static Table table(List<Result> results) {
        Table table = Table.titled("ID", "GUEST", "VERDICT", "SIZE", "TOOK");
        for (Result result : results) {
            table.row(
                    result.id(),
                    result.outcome().map(one -> one.manifest().guestName()).orElse(""),
                    result.verdict(),
                    result.outcome()
                            .map(one -> Amounts.bytes(one.manifest().imageBytes()))
                            .orElse(""),
                    result.outcome().map(one -> Amounts.duration(one.took())).orElse(""));
        }
        return table;
    }

    private static void write(Json json, Result result) {
        json.field("id", result.id()).field("verdict", result.verdict());
        json.duration("tookMillis", result.outcome().map(VerifyCheckpoint.Outcome::took));
        json.object("checkpoint", result.outcome().map(VerifyCheckpoint.Outcome::manifest), CheckpointShow::write);
        json.texts(
                "notes", result.outcome().map(VerifyCheckpoint.Outcome::notes).orElse(List.of()));
        json.object(
                "error",
                result.failure(),
                (inner, failure) -> Problem.of(failure).writeTo(inner));
    }
}
