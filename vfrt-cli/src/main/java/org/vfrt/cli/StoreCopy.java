package org.vfrt.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.vfrt.cli.output.ExitCode;
import org.vfrt.cli.output.Problem;
import org.vfrt.cli.output.Table;
import org.vfrt.core.config.StoreLocation;
import org.vfrt.core.failure.Damaged;
import org.vfrt.core.store.CopyStore;
import org.vfrt.core.text.Amounts;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code vfrt store copy}. Asks no host. */
@Command(
        description =
                "Copy into another store the checkpoints that it lacks, oldest first. Each is verified as it is read. Can"
                        + " be interrupted, and goes on where it was.",
        sortOptions = false)
final class StoreCopy implements Callable<Integer> {

    private final Session session;

    @Parameters(paramLabel = "TO", description = "The other store: a directory, or s3://BUCKET/PREFIX.")
    private String to = "";

    @Option(
            names = "--to-key-file",
            paramLabel = "PATH",
            description = "The key of the other store, if that is encrypted.")
    private @Nullable Path toKeyFile;

    @Option(
            names = "--in-clear",
            description = "Where there is no store yet, make one that is not encrypted although what is copied is.")
    private boolean inClear;

    @Option(names = "--dry-run", description = "Say what would be copied, and change nothing.")
    private boolean dryRun;

    StoreCopy(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        List<CopyStore.Outcome> outcomes = new ArrayList<>();
        session.progress(
                "store copy",
                progress -> outcomes.add(session.operations()
                        .copyStore(
                                StoreLocation.parse(to), Optional.ofNullable(toKeyFile), inClear, dryRun, progress)));
        CopyStore.Outcome outcome = outcomes.get(0);
        session.print(
                json -> json.field("dryRun", dryRun)
                        .objects("copied", outcome.copied(), CheckpointShow::write)
                        .field("there", outcome.there())
                        .texts("skipped", outcome.skipped())
                        .objects(
                                "failures",
                                outcome.failures(),
                                (inner, failure) -> Problem.of(failure).writeTo(inner)),
                out -> {
                    if (!outcome.copied().isEmpty()) {
                        table(outcome).print(out);
                    }
                });
        if (outcome.there() > 0) {
            session.note(outcome.there() + " checkpoints were there already");
        }
        outcome.skipped()
                .forEach(id -> session.note("checkpoint '" + id + "' was deleted there, and is not copied again before"
                        + " its space is given back"));
        return end(outcome);
    }

    private int end(CopyStore.Outcome outcome) {
        if (outcome.failures().isEmpty()) {
            return ExitCode.DONE.number();
        }
        Problem problem = Problem.among(
                outcome.copied().size() + outcome.failures().size(),
                outcome.failures(),
                outcome.failures().size() + " of "
                        + (outcome.copied().size() + outcome.failures().size()) + " checkpoints were not copied");
        // Damage must not hide behind "some failed", as when checkpoints are verified.
        boolean damage = outcome.failures().stream().anyMatch(Damaged.class::isInstance);
        return session.report(damage ? problem.endingWith("checkpoint-damaged", ExitCode.DAMAGED) : problem);
    }

    private Table table(CopyStore.Outcome outcome) {
        Table table = Table.titled(dryRun ? "WOULD BE COPIED" : "COPIED", "GUEST", "TAKEN", "SIZE");
        outcome.copied()
                .forEach(manifest -> table.row(
                        manifest.id().text(),
                        manifest.guestName(),
                        Amounts.time(manifest.instant()),
                        Amounts.bytes(manifest.imageBytes())));
        return table;
    }
}
