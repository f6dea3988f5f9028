package org.vfrt.cli;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.vfrt.cli.output.Json;
import org.vfrt.cli.output.Problem;
import org.vfrt.cli.output.Table;
import org.vfrt.core.checkpoint.CreateCheckpoint;
import org.vfrt.core.checkpoint.DiskWish;
import org.vfrt.core.checkpoint.Manifest;
import org.vfrt.core.checkpoint.Method;
import org.vfrt.core.checkpoint.Tag;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.text.Amounts;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code vfrt checkpoint create}. */
@Command(
        description = "Take a checkpoint of each guest, one after the other."
                + " The guest runs on afterwards. A failure does not keep the next guest from its checkpoint.",
        sortOptions = false)
final class CheckpointCreate implements Callable<Integer> {

    /** What {@code --method} takes. */
    enum Wish {
        AUTO,
        LIVE,
        SAVE
    }

    private final Session session;

    @Parameters(paramLabel = "GUEST", arity = "1..*", description = "The guest's name or UUID.")
    private List<String> guests = new ArrayList<>();

    @Option(names = "--host", paramLabel = "HOST", description = "Look for the guests on this host only.")
    private @Nullable String host;

    @Option(
            names = "--method",
            paramLabel = "auto|live|save",
            description =
                    "How: live stops the guest for the last copy round only, save for as long as its memory takes to be"
                            + " written and read back. The default, auto, is live wherever that is possible.")
    private Wish method = Wish.AUTO;

    @Option(
            names = "--max-pause",
            paramLabel = "DURATION",
            converter = DurationConverter.class,
            description = "Refuse when the predicted pause is longer, for example 500ms.")
    private @Nullable Duration maxPause;

    @Option(
            names = "--disks",
            paramLabel = "reference|content|external|none",
            description =
                    "What of the disks that the guest can write to becomes part of the checkpoint: reference, the default, takes"
                            + " a snapshot of each at the same instant, which stays where the disk is; content brings what is on it into the"
                            + " store as well; external has the program of '--disk-hook' do that; none leaves them out.")
    private @Nullable DiskWish disks;

    @Option(
            names = "--disk-hook",
            paramLabel = "PROGRAM",
            description =
                    "With '--disks external': the program of the site that takes and keeps the states of disks, by its absolute path.")
    private @Nullable Path diskHook;

    @Option(
            names = "--memory-only",
            description =
                    "Accept that the disks the guest can write to are not part of the checkpoint: as '--disks none'.")
    private boolean memoryOnly;

    @Option(
            names = "--tag",
            paramLabel = "TAG",
            converter = TagConverter.class,
            description = "Mark the checkpoint with this word, for example before-upgrade; may be given several times.")
    private List<Tag> tags = new ArrayList<>();

    @Option(names = "--dry-run", description = "Check and predict, and change nothing.")
    private boolean dryRun;

    @Mixin
    private LockWait lockWait = new LockWait();

    CheckpointCreate(Session session) {
        this.session = session;
    }

    /** What became of one guest. Exactly one of the two is there. */
    private record Result(String guest, Optional<CreateCheckpoint.Outcome> outcome, Optional<Failure> failure) {}

    @Override
    public Integer call() {
        Operations operations = session.operations();
        // The option wins over the configuration's limit; reading it now finds a broken configuration before any guest
        // is touched.
        wish();
        Optional.ofNullable(diskHook).ifPresent(operations::useDiskHook);
        Optional<Duration> limit = Optional.ofNullable(maxPause)
                .or(() -> operations.configuration().maxPause());
        List<Result> results = new ArrayList<>();
        List<String> settled = new ArrayList<>();
        session.interruption().shelter("checkpoint create", () -> {
            settled.addAll(session.settle());
            for (String guest : new LinkedHashSet<>(guests)) {
                results.add(one(operations, guest, limit));
            }
        });
        session.print(
                json -> json.field("dryRun", dryRun)
                        .objects("results", results, CheckpointCreate::write)
                        .texts("settled", settled)
                        .objects("unsettled", session.unsettled(), Problem::write),
                out -> {
                    if (results.stream().anyMatch(result -> result.outcome().isPresent())) {
                        (dryRun ? plans(results) : checkpoints(results)).print(out);
                    }
                });
        results.forEach(result -> result.outcome().ifPresent(outcome -> session.notes(outcome.notes())));
        List<Failure> failures =
                results.stream().flatMap(result -> result.failure().stream()).toList();
        return session.end(
                results.size(), failures, failures.size() + " of " + results.size() + " guests got no checkpoint");
    }

    private Result one(Operations operations, String guest, Optional<Duration> limit) {
        if (session.interruption().requested()) {
            return new Result(
                    guest,
                    Optional.empty(),
                    Optional.of(new Failed("interrupted", "guest '" + guest + "' was not begun: interrupted", "")));
        }
        try {
            List<CreateCheckpoint.Outcome> outcome = new ArrayList<>();
            session.progress(
                    guest,
                    progress -> outcome.add(
                            operations.createCheckpoint(request(guest, limit, dryRun), this::announce, progress)));
            return new Result(guest, Optional.of(outcome.get(0)), Optional.empty());
        } catch (Failure failure) {
            return new Result(guest, Optional.empty(), Optional.of(failure));
        }
    }

    /**
     * Tells a person what the guest is about to feel, while there is time to stop it; and a script's log when a guest stands still for
     * longer than anyone who asked for nothing in particular would expect.
     */
    private void announce(CreateCheckpoint.Outcome plan) {
        if (!session.watched() && (method != Wish.AUTO || plan.method() == Method.LIVE)) {
            return;
        }
        session.note(sentence(plan));
    }

    /** Says what the guest is about to feel. */
    static String sentence(CreateCheckpoint.Outcome plan) {
        return "guest '" + plan.guestName() + "' on host '" + plan.hostName() + "': " + word(plan.method()) + " ("
                + plan.methodReason() + "), predicted pause " + Amounts.duration(plan.predictedPause()) + " ("
                + plan.predictionBasis() + ")";
    }

    private CreateCheckpoint.Request request(String guest, Optional<Duration> limit, boolean dry) {
        Optional<Method> wanted = method == Wish.AUTO ? Optional.empty() : Optional.of(Method.valueOf(method.name()));
        return new CreateCheckpoint.Request(
                guest,
                Optional.ofNullable(host),
                wanted,
                limit,
                tags,
                Optional.empty(),
                wish(),
                dry,
                lockWait.duration());
    }

    private DiskWish wish() {
        if (memoryOnly && disks != null && disks != DiskWish.NONE) {
            throw new BadInput(
                    "disks-and-memory-only",
                    "'--memory-only' and '--disks " + disks.text() + "' contradict each other",
                    "Say one of them.");
        }
        if ((disks == DiskWish.EXTERNAL) != (diskHook != null)) {
            throw new BadInput(
                    "disk-hook",
                    diskHook == null
                            ? "'--disks external' needs a '--disk-hook'"
                            : "'--disk-hook' is for '--disks external'",
                    "Say '--disks external --disk-hook /path/to/program'.");
        }
        return memoryOnly ? DiskWish.NONE : Optional.ofNullable(disks).orElse(DiskWish.REFERENCE);
    }

    private static Table plans(List<Result> results) {
        Table table = Table.titled("GUEST", "HOST", "METHOD", "REASON", "PREDICTED PAUSE", "PREDICTED FROM");
        results.forEach(result -> result.outcome()
                .ifPresent(plan -> table.row(
                        plan.guestName(),
                        plan.hostName(),
                        word(plan.method()),
                        plan.methodReason(),
                        Amounts.duration(plan.predictedPause()),
                        plan.predictionBasis())));
        return table;
    }

    private static Table checkpoints(List<Result> results) {
        Table table = Table.titled(
                "ID",
                "GUEST",
                "HOST",
                "METHOD",
                "PAUSE",
                "OF IT DISKS",
                "REARM PAUSE",
                "PREDICTED PAUSE",
                "SIZE",
                "TOOK");
        for (Result result : results) {
            result.outcome().flatMap(CreateCheckpoint.Outcome::manifest).ifPresent(manifest -> row(table, manifest));
        }
        return table;
    }

    private static void row(Table table, Manifest manifest) {
        table.row(
                manifest.id().text(),
                manifest.guestName(),
                manifest.hostName(),
                word(manifest.method()),
                Amounts.duration(manifest.pause()),
                manifest.disks().isEmpty() ? "" : Amounts.duration(manifest.diskPause()),
                Amounts.duration(manifest.rearmPause()),
                manifest.predictedPause().map(Amounts::duration).orElse(""),
                Amounts.bytes(manifest.imageBytes()),
                Amounts.duration(manifest.duration()));
    }

    private static void write(Json json, Result result) {
        json.field("guest", result.guest());
        json.object("plan", result.outcome(), CheckpointCreate::writePlan);
        json.object("checkpoint", result.outcome().flatMap(CreateCheckpoint.Outcome::manifest), CheckpointShow::write);
        json.texts(
                "notes", result.outcome().map(CreateCheckpoint.Outcome::notes).orElse(List.of()));
        json.object(
                "error",
                result.failure(),
                (inner, failure) -> Problem.of(failure).writeTo(inner));
    }

    static void writePlan(Json json, CreateCheckpoint.Outcome plan) {
        json.field("guest", plan.guestName())
                .field("host", plan.hostName())
                .field("method", word(plan.method()))
                .field("methodReason", plan.methodReason())
                .field("predictedPauseMillis", plan.predictedPause())
                .field("predictionBasis", plan.predictionBasis());
    }

    private static String word(Method method) {
        return method.name().toLowerCase(Locale.ROOT);
    }
}
