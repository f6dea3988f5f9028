package org.vfrt.cli;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.vfrt.cli.output.Json;
import org.vfrt.cli.output.Problem;
import org.vfrt.cli.output.Table;
import org.vfrt.core.checkpoint.CheckpointStore;
import org.vfrt.core.checkpoint.FindCheckpoint;
import org.vfrt.core.checkpoint.Manifest;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.NotFound;
import org.vfrt.core.policy.Policy;
import org.vfrt.core.pool.Definition;
import org.vfrt.core.pool.GuestPattern;
import org.vfrt.core.retention.KeepRules;
import org.vfrt.core.retention.PruneCheckpoints;
import org.vfrt.core.retention.Verdict;
import org.vfrt.core.text.Amounts;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code vfrt checkpoint prune}. Asks no host: a guest's checkpoints may outlive it. */
@Command(
        description = "Remove the checkpoints of each guest that no rule keeps; without '--keep-…', by its policy."
                + " The newest one and the last verified one of a guest always stay.",
        sortOptions = false)
final class CheckpointPrune implements Callable<Integer> {

    private final Session session;

    @Parameters(
            paramLabel = "GUEST",
            arity = "0..*",
            description = "A guest's name or UUID, or a pattern for names such as 'web*'.")
    private List<String> whats = new ArrayList<>();

    @Option(names = "--all", description = "Every guest that has checkpoints.")
    private boolean all;

    @Mixin
    private KeepOptions keep = new KeepOptions();

    @Mixin
    private CollectAtEnd collect = new CollectAtEnd();

    @Option(names = "--dry-run", description = "Say what would stay and why, and change nothing.")
    private boolean dryRun;

    @Mixin
    private LockWait lockWait = new LockWait();

    CheckpointPrune(Session session) {
        this.session = session;
    }

    /** One guest: as its newest checkpoint knows it. Without an outcome and a failure nothing says what is to stay. */
    private record Result(
            String guest,
            Optional<UUID> uuid,
            Optional<String> policy,
            Optional<PruneCheckpoints.Outcome> outcome,
            Optional<Failure> failure) {

        static Result failed(String guest, Optional<UUID> uuid, Failure failure) {
            return new Result(guest, uuid, Optional.empty(), Optional.empty(), Optional.of(failure));
        }
    }

    @Override
    public Integer call() {
        if (all == !whats.isEmpty()) {
            throw new BadInput(
                    "which-guests",
                    "this needs either guests or '--all'",
                    "List the guests with 'vfrt checkpoint list'.");
        }
        Optional<KeepRules> rules = keep.rules();
        Operations operations = session.operations();
        List<Result> results = new ArrayList<>();
        CheckpointStore.Listing listing = operations.store().listing();
        Collection<Manifest> guests = chosen(newest(listing.manifests()), results);
        List<String> settled = guests.isEmpty() ? List.of() : session.settle();
        guests.forEach(guest -> results.add(one(operations, guest, rules)));
        CollectAtEnd.Result collected = collect.run(
                session,
                dryRun
                        ? List.of()
                        : results.stream()
                                .flatMap(result -> result.outcome().stream())
                                .flatMap(outcome -> outcome.removed().stream())
                                .map(Optional::of)
                                .toList());
        session.print(
                json -> {
                    json.field("dryRun", dryRun)
                            .objects("results", results, this::write)
                            .texts("unreadable", listing.unreadable())
                            .texts("settled", settled)
                            .objects("unsettled", session.unsettled(), Problem::write);
                    collected.write(json);
                },
                out -> {
                    if (results.stream().anyMatch(result -> result.outcome().isPresent())) {
                        table(results).print(out);
                    }
                });
        results.stream()
                .filter(result -> result.outcome().isEmpty() && result.failure().isEmpty())
                .forEach(result ->
                        session.note("guest '" + result.guest() + "' keeps all: it has no policy with 'keep'"));
        listing.unreadable()
                .forEach(name -> session.note("checkpoint '" + name + "' is left alone: its manifest cannot be read"));
        List<Failure> failures =
                results.stream().flatMap(result -> result.failure().stream()).toList();
        collected.note(session);
        return collected.end(
                session,
                session.end(
                        results.size(),
                        failures,
                        failures.size() + " of " + results.size() + " guests were not pruned"));
    }

    /** Returns the newest checkpoint of each guest, by the guests' names. */
    private static List<Manifest> newest(List<Manifest> manifests) {
        Map<UUID, Manifest> newest = new LinkedHashMap<>();
        manifests.stream()
                .sorted(FindCheckpoint.OLDEST_FIRST)
                .forEach(manifest -> newest.put(manifest.guestUuid(), manifest));
        return newest.values().stream()
                .sorted(Comparator.comparing(Manifest::guestName).thenComparing(Manifest::guestUuid))
                .toList();
    }

    private Collection<Manifest> chosen(List<Manifest> guests, List<Result> results) {
        if (all) {
            return guests;
        }
        Set<Manifest> chosen = new LinkedHashSet<>();
        for (String what : whats) {
            GuestPattern pattern = new GuestPattern(what);
            List<Manifest> meant = guests.stream()
                    .filter(guest -> pattern.matches(guest.guestName(), guest.guestUuid()))
                    .toList();
            if (meant.isEmpty()) {
                results.add(Result.failed(
                        what,
                        Optional.empty(),
                        new NotFound(
                                "no-such-guest",
                                "there is no checkpoint of a guest '" + what + "'",
                                "List them with 'vfrt checkpoint list'.")));
            }
            chosen.addAll(meant);
        }
        return chosen;
    }

    private Result one(Operations operations, Manifest guest, Optional<KeepRules> rules) {
        String name = guest.guestName();
        UUID uuid = guest.guestUuid();
        try {
            // Its labels as of its newest checkpoint: the guest itself may be gone.
            Optional<Policy> policy = rules.isPresent()
                    ? Optional.empty()
                    : operations
                            .configuration()
                            .policies()
                            .of(
                                    name,
                                    uuid,
                                    () -> Definition.parse(operations.store().definition(guest.id()))
                                            .labels());
            Optional<KeepRules> effective = rules.or(() -> policy.flatMap(Policy::keep));
            if (effective.isEmpty() && !all) {
                throw new BadInput(
                        "no-keep-rules",
                        "nothing says what is to stay of guest '" + name + "'",
                        "Say it with '--keep-…', or give the guest a policy with 'keep'.");
            }
            Optional<PruneCheckpoints.Outcome> outcome =
                    effective.map(keeping -> operations.prune(uuid, name, keeping, dryRun, lockWait.duration()));
            return new Result(
                    name,
                    Optional.of(uuid),
                    policy.map(Policy::name),
                    outcome,
                    outcome.flatMap(PruneCheckpoints.Outcome::failure));
        } catch (Failure failure) {
            return Result.failed(name, Optional.of(uuid), failure);
        }
    }

    private String word(PruneCheckpoints.Outcome outcome, Verdict verdict) {
        if (verdict.stays()) {
            return "stays";
        }
        if (dryRun) {
            return "would be removed";
        }
        return outcome.removed().contains(verdict.manifest()) ? "removed" : "not removed";
    }

    private Table table(List<Result> results) {
        Table table = Table.titled("GUEST", "ID", "TAKEN", "SIZE", "VERDICT", "WHY");
        for (Result result : results) {
            result.outcome()
                    .ifPresent(outcome -> outcome.verdicts()
                            .forEach(verdict -> table.row(
                                    result.guest(),
                                    verdict.manifest().id().text(),
                                    Amounts.time(verdict.manifest().instant()),
                                    Amounts.bytes(verdict.manifest().imageBytes()),
                                    word(outcome, verdict),
                                    String.join(", ", verdict.reasons()))));
        }
        return table;
    }

    private void write(Json json, Result result) {
        json.field("guest", result.guest());
        json.text("guestUuid", result.uuid().map(UUID::toString));
        json.text("policy", result.policy());
        json.objects(
                "verdicts",
                result.outcome().map(PruneCheckpoints.Outcome::verdicts).orElse(List.of()),
                (inner, verdict) -> inner.field("id", verdict.manifest().id().text())
                        .field("verdict", word(result.outcome().orElseThrow(), verdict))
                        .texts("reasons", verdict.reasons())
                        .object("checkpoint", object -> CheckpointShow.write(object, verdict.manifest())));
        json.object(
                "error",
                result.failure(),
                (inner, failure) -> Problem.of(failure).writeTo(inner));
    }
}
