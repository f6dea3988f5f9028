package org.vfrt.cli;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.vfrt.cli.output.Json;
import org.vfrt.cli.output.Problem;
import org.vfrt.cli.output.Table;
import org.vfrt.core.checkpoint.CheckpointId;
import org.vfrt.core.checkpoint.Manifest;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.text.Amounts;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code vfrt checkpoint delete}. */
@Command(description = "Remove checkpoints for good.", sortOptions = false)
final class CheckpointDelete implements Callable<Integer> {

    private final Session session;

    @Parameters(
            paramLabel = "ID",
            arity = "1..*",
            description = "A checkpoint's id, or a unique beginning or end of it.")
    private List<String> whats = new ArrayList<>();

    @Option(names = "--even-the-last", description = "Also remove a checkpoint that is the last one of its guest.")
    private boolean evenTheLast;

    @Mixin
    private CollectAtEnd collect = new CollectAtEnd();

    @Option(names = "--dry-run", description = "Say what would be removed, and change nothing.")
    private boolean dryRun;

    @Option(names = "--yes", description = "Do not ask.")
    private boolean yes;

    CheckpointDelete(Session session) {
        this.session = session;
    }

    private record Result(String id, Optional<Manifest> manifest, Optional<Failure> failure) {}

    @Override
    public Integer call() {
        Operations operations = session.operations();
        List<Result> results = new ArrayList<>();
        Map<CheckpointId, Optional<Manifest>> wanted = wanted(operations, results);
        if (!wanted.isEmpty() && !dryRun) {
            session.confirm(yes, question(wanted));
        }
        List<String> settled = wanted.isEmpty() ? List.of() : session.settle();
        Set<CheckpointId> gone = new HashSet<>();
        for (CheckpointId id : wanted.keySet()) {
            Result result = delete(operations, id, gone);
            results.add(result);
            if (result.failure().isEmpty()) {
                gone.add(id);
            }
        }
        CollectAtEnd.Result collected = collect.run(
                session, dryRun ? List.of() : gone.stream().map(wanted::get).toList());
        session.print(
                json -> {
                    json.field("dryRun", dryRun)
                            .objects("results", results, CheckpointDelete::write)
                            .texts("settled", settled)
                            .objects("unsettled", session.unsettled(), Problem::write);
                    collected.write(json);
                },
                out -> {
                    if (results.stream().anyMatch(result -> result.failure().isEmpty())) {
                        table(results).print(out);
                    }
                });
        List<Failure> failures =
                results.stream().flatMap(result -> result.failure().stream()).toList();
        collected.note(session);
        return collected.end(
                session,
                session.end(
                        results.size(),
                        failures,
                        failures.size() + " of " + results.size() + " checkpoints were not removed"));
    }

    /** Only ids: "delete web1" must not mean "delete the newest checkpoint of web1". */
    private Map<CheckpointId, Optional<Manifest>> wanted(Operations operations, List<Result> results) {
        Map<CheckpointId, Optional<Manifest>> wanted = new LinkedHashMap<>();
        for (String what : whats) {
            if (operations.store().unreadable().contains(what)) {
                wanted.put(new CheckpointId(what), Optional.empty());
                continue;
            }
            try {
                Manifest manifest = operations.findCheckpoint(what);
                String id = manifest.id().text();
                if (!id.startsWith(what) && !id.endsWith(what)) {
                    throw new BadInput(
                            "not-an-id",
                            "'" + what + "' is not a checkpoint's id, nor the beginning or end of one",
                            "List the ids with 'vfrt checkpoint list'.");
                }
                wanted.put(manifest.id(), Optional.of(manifest));
            } catch (Failure failure) {
                results.add(new Result(what, Optional.empty(), Optional.of(failure)));
            }
        }
        return wanted;
    }

    /** On a dry run it says what would come of it after those that would be gone by then. */
    private Result delete(Operations operations, CheckpointId id, Set<CheckpointId> gone) {
        try {
            Optional<Manifest> manifest = dryRun
                    ? operations.checkDeletion(id, evenTheLast, gone)
                    : operations.deleteCheckpoint(id, evenTheLast);
            return new Result(id.text(), manifest, Optional.empty());
        } catch (Failure failure) {
            return new Result(id.text(), Optional.empty(), Optional.of(failure));
        }
    }

    private static String question(Map<CheckpointId, Optional<Manifest>> wanted) {
        String names = wanted.entrySet().stream()
                .map(one -> "'" + one.getKey() + "'"
                        + one.getValue()
                                .map(manifest -> " of guest '" + manifest.guestName() + "'")
                                .orElse(", which cannot be read"))
                .collect(Collectors.joining(", "));
        return "Remove checkpoint " + names + " for good?";
    }

    private Table table(List<Result> results) {
        Table table = Table.titled(dryRun ? "WOULD BE REMOVED" : "REMOVED", "GUEST", "TAKEN", "SIZE");
        results.stream()
                .filter(result -> result.failure().isEmpty())
                .forEach(result -> table.row(
                        result.id(),
                        result.manifest().map(Manifest::guestName).orElse("?"),
                        result.manifest()
                                .map(manifest -> Amounts.time(manifest.instant()))
                                .orElse("?"),
                        result.manifest()
                                .map(manifest -> Amounts.bytes(manifest.imageBytes()))
                                .orElse("?")));
        return table;
    }

    private static void write(Json json, Result result) {
        json.field("id", result.id());
        json.object("checkpoint", result.manifest(), CheckpointShow::write);
        json.object(
                "error",
                result.failure(),
                (inner, failure) -> Problem.of(failure).writeTo(inner));
    }
}
