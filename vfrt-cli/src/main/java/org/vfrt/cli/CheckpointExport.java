package org.vfrt.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.vfrt.cli.output.ExitCode;
import org.vfrt.cli.output.Table;
import org.vfrt.core.checkpoint.ExportCheckpoint;
import org.vfrt.core.checkpoint.Manifest;
import org.vfrt.core.image.ImageSource;
import org.vfrt.core.text.Amounts;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code vfrt checkpoint export}. Asks no host. */
@Command(
        description =
                "Write a checkpoint into a file that 'virsh restore' or 'xl restore' takes. The file is never encrypted.",
        sortOptions = false)
final class CheckpointExport implements Callable<Integer> {

    private final Session session;

    @Parameters(
            paramLabel = "ID",
            description = "The checkpoint's id or a unique beginning or end of it; or a guest, for its newest.")
    private String what = "";

    @Option(
            names = "--to",
            paramLabel = "FILE",
            required = true,
            description = "The file to write, 0600; it must not exist yet.")
    private Path to = Path.of("");

    @Option(
            names = "--form",
            paramLabel = "libvirt|xl|raw",
            description =
                    "What to write: a save file of libvirt's, which is the default, one of xl's, or the bare stream.")
    private ImageSource.Form form = ImageSource.Form.LIBVIRT;

    @Option(
            names = "--definition",
            paramLabel = "FILE",
            description = "Put this into the head instead of the guest's own XML; xl needs its JSON there.")
    private @Nullable Path definition;

    CheckpointExport(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        Operations operations = session.operations();
        Manifest manifest = operations.findUsableCheckpoint(what);
        ExportCheckpoint.Outcome outcome = session.watching(
                manifest.id().text(),
                progress -> operations.exportCheckpoint(
                        manifest.id(), to, form, Optional.ofNullable(definition), progress));
        List<String> leftOut = operations.leftOut(manifest, what);
        long bytes = outcome.fileBytes();
        session.print(
                json -> json.field("file", to.toAbsolutePath().normalize().toString())
                        .field("form", form.name().toLowerCase(Locale.ROOT))
                        .field("fileBytes", bytes)
                        .texts("notes", leftOut)
                        .object("checkpoint", inner -> CheckpointShow.write(inner, manifest)),
                out -> Table.titled("ID", "GUEST", "FILE", "SIZE")
                        .row(manifest.id().text(), manifest.guestName(), to.toString(), Amounts.bytes(bytes))
                        .print(out));
        session.notes(leftOut);
        if (!manifest.unpairedDisks().isEmpty()) {
            session.note("disks that the guest could write to are not in it: restored over disks that have moved on, it"
                    + " destroys their file systems");
        }
        return ExitCode.DONE.number();
    }
}
