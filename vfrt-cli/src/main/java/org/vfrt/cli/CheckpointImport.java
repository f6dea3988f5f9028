package org.vfrt.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.vfrt.cli.output.ExitCode;
import org.vfrt.cli.output.Table;
import org.vfrt.core.checkpoint.ImportCheckpoint;
import org.vfrt.core.checkpoint.Manifest;
import org.vfrt.core.checkpoint.Tag;
import org.vfrt.core.text.Amounts;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code vfrt checkpoint import}. Asks no host. */
@Command(
        description =
                "Make a checkpoint of a save file of 'virsh save' or 'xl save', or of a bare migration stream. The moment"
                        + " it shows is taken from the file's date.",
        sortOptions = false)
final class CheckpointImport implements Callable<Integer> {

    private final Session session;

    @Parameters(paramLabel = "FILE", description = "The file; it is left as it is.")
    private Path file = Path.of("");

    @Option(
            names = "--definition",
            paramLabel = "FILE",
            description = "The guest's XML, as 'virsh dumpxml' prints it; needed unless the file is of 'virsh save'.")
    private @Nullable Path definition;

    @Option(
            names = "--tag",
            paramLabel = "TAG",
            converter = TagConverter.class,
            description = "Mark the checkpoint with this word; may be given several times.")
    private List<Tag> tags = new ArrayList<>();

    @Option(names = "--dry-run", description = "Look at the head of the file only, and change nothing.")
    private boolean dryRun;

    CheckpointImport(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        List<ImportCheckpoint.Outcome> outcomes = new ArrayList<>();
        session.progress(
                String.valueOf(file.getFileName()),
                progress -> outcomes.add(session.operations()
                        .importCheckpoint(file, Optional.ofNullable(definition), tags, dryRun, progress)));
        ImportCheckpoint.Outcome outcome = outcomes.get(0);
        session.print(
                json -> json.field("dryRun", dryRun)
                        .field("guest", outcome.guestName())
                        .field("form", outcome.form())
                        .object("checkpoint", outcome.manifest(), CheckpointShow::write),
                out -> Table.titled("ID", "GUEST", "TAKEN", "SIZE", "FROM")
                        .row(
                                outcome.manifest().map(one -> one.id().text()).orElse(""),
                                outcome.guestName(),
                                outcome.manifest()
                                        .map(Manifest::instant)
                                        .map(Amounts::time)
                                        .orElse(""),
                                outcome.manifest()
                                        .map(one -> Amounts.bytes(one.imageBytes()))
                                        .orElse(""),
                                outcome.form())
                        .print(out));
        return ExitCode.DONE.number();
    }
}
