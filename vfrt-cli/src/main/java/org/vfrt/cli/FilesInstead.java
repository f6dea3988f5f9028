package org.vfrt.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.vfrt.cli.output.Json;
import org.vfrt.cli.output.Problem;
import org.vfrt.cli.output.Table;
import org.vfrt.core.checkpoint.ExtractFiles;
import org.vfrt.core.disk.SnapshotFiles;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.text.Amounts;
import picocli.CommandLine.Option;

/** {@code vfrt checkpoint restore --files-from}: single files of a checkpoint's disks, and not the guest. */
final class FilesInstead {

    @Option(
            names = "--files-from",
            paramLabel = "ID|GUEST",
            description =
                    "Bring back no guest, but files of this checkpoint's disks, into a new directory here. The guest is not touched.")
    private @Nullable String what;

    @Option(
            names = "--extract",
            paramLabel = "PATH",
            description =
                    "With '--files-from': this file, or directory with all that is in it, as the guest knows it; may be given several"
                            + " times.")
    private List<String> paths = new ArrayList<>();

    @Option(
            names = "--disk",
            paramLabel = "TARGET",
            description = "With '--files-from': the disk that they are on, for example xvda, where there are several.")
    private @Nullable String disk;

    @Option(
            names = "--partition",
            paramLabel = "N",
            description =
                    "With '--files-from': its partition; the default is the disk as a whole, or the only partition that has all of"
                            + " them.")
    private @Nullable Integer partition;

    @Option(
            names = "--into",
            paramLabel = "DIRECTORY",
            description = "With '--files-from': a directory that is not there yet; the default is ./files-from-ID.")
    private @Nullable Path into;

    /** Returns whether any of the options was given. */
    boolean wanted() {
        return what != null || !paths.isEmpty() || disk != null || partition != null || into != null;
    }

    void run(Session session, boolean dryRun) {
        if (what == null || paths.isEmpty()) {
            throw new BadInput(
                    "files-half-named",
                    what == null ? "'--files-from' is missing" : "'--extract' is missing",
                    "Say from which checkpoint and which files: '--files-from ID --extract /etc/passwd'.");
        }
        if (partition != null && partition < 1) {
            throw new BadInput("bad-partition", "there is no partition " + partition, "They are counted from 1.");
        }
        ExtractFiles.Request request = new ExtractFiles.Request(
                what,
                paths,
                Optional.ofNullable(disk),
                Optional.ofNullable(partition),
                Optional.ofNullable(into),
                dryRun);
        List<String> settled = session.settle();
        ExtractFiles.Outcome outcome =
                session.watching(what, progress -> session.operations().extractFiles(request, progress));
        List<String> notes = new ArrayList<>(outcome.notes());
        outcome.copied()
                .map(SnapshotFiles.Copied::leftOut)
                .filter(left -> left > 0)
                .ifPresent(left -> notes.add("devices, sockets and pipes were left out: " + left));
        session.print(
                json -> {
                    write(json, outcome, notes, dryRun);
                    json.texts("settled", settled).objects("unsettled", session.unsettled(), Problem::write);
                },
                out -> table(outcome).print(out));
        session.notes(notes);
    }

    private static Table table(ExtractFiles.Outcome outcome) {
        return Table.titled("ID", "GUEST", "HOST", "DISK", "PARTITION", "FILE SYSTEM", "FILES", "DIRECTORY")
                .row(
                        outcome.manifest().id().text(),
                        outcome.manifest().guestName(),
                        outcome.hostName(),
                        outcome.target(),
                        partition(outcome).map(String::valueOf).orElse(""),
                        outcome.place().map(SnapshotFiles.Place::type).orElse(""),
                        outcome.copied()
                                .map(copied -> copied.files() + ", " + Amounts.bytes(copied.bytes()))
                                .orElse("not read: dry run"),
                        outcome.directory().toString());
    }

    private static Optional<Integer> partition(ExtractFiles.Outcome outcome) {
        return outcome.place().flatMap(SnapshotFiles.Place::partition);
    }

    private static void write(Json json, ExtractFiles.Outcome outcome, List<String> notes, boolean dryRun) {
        json.field("dryRun", dryRun)
                .field("guest", outcome.manifest().guestName())
                .field("host", outcome.hostName())
                .field("disk", outcome.target());
        partition(outcome).ifPresentOrElse(number -> json.field("partition", number), () -> json.nothing("partition"));
        json.text("fileSystem", outcome.place().map(SnapshotFiles.Place::type))
                .field("directory", outcome.directory().toString());
        json.object(
                "copied",
                outcome.copied(),
                (inner, copied) -> inner.field("files", copied.files())
                        .field("bytes", copied.bytes())
                        .field("leftOut", copied.leftOut()));
        json.object("checkpoint", inner -> CheckpointShow.write(inner, outcome.manifest()));
        json.texts("notes", notes);
    }
}
