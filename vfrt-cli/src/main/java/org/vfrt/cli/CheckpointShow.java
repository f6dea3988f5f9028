package org.vfrt.cli;

import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.vfrt.cli.output.ExitCode;
import org.vfrt.cli.output.Json;
import org.vfrt.cli.output.Table;
import org.vfrt.core.checkpoint.Manifest;
import org.vfrt.core.checkpoint.Tag;
import org.vfrt.core.disk.PairedDisk;
import org.vfrt.core.drill.DrillRecord;
import org.vfrt.core.text.Amounts;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code vfrt checkpoint show}. Asks no host. */
@Command(description = "Show one checkpoint. Asks no host, and does not read the image.")
final class CheckpointShow implements Callable<Integer> {

    private final Session session;

    @Parameters(
            paramLabel = "ID",
            description = "The checkpoint's id or a unique beginning or end of it; or a guest, for its newest.")
    private String what = "";

    CheckpointShow(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        Operations operations = session.operations();
        Manifest manifest = operations.findCheckpoint(what);
        Findings findings = Findings.of(operations);
        session.print(
                json -> json.object("checkpoint", inner -> findings.write(inner, manifest)),
                out -> table(manifest, findings).print(out));
        return ExitCode.DONE.number();
    }

    private static Table table(Manifest manifest, Findings findings) {
        return Table.untitled()
                .row("Id:", manifest.id().text())
                .row("Guest:", manifest.guestName())
                .row("Guest UUID:", manifest.guestUuid().toString())
                .row("Host:", manifest.hostName())
                .row("Taken:", manifest.instant().toString())
                .row("Method:", manifest.method().name().toLowerCase(Locale.ROOT))
                .row("Kind:", manifest.kind().name())
                .row("VCPUs:", String.valueOf(manifest.vcpus()))
                .row("Memory:", Amounts.bytes(manifest.memoryBytes()))
                .row("Image:", Amounts.bytes(manifest.imageBytes()))
                .row("Image root:", manifest.imageRoot())
                .row(
                        "Predicted pause:",
                        manifest.predictedPause().map(Amounts::duration).orElse(""))
                .row("Measured pause:", Amounts.duration(manifest.pause()))
                .row("Extra pause:", Amounts.duration(manifest.rearmPause()))
                .row("Duration:", Amounts.duration(manifest.duration()))
                .row("Hypervisor:", manifest.hypervisorVersion())
                .row("libvirt:", manifest.libvirtVersion())
                .row("Disks:", disks(manifest))
                .row("Pause for disks:", manifest.disks().isEmpty() ? "" : Amounts.duration(manifest.diskPause()))
                .row("Disks left out:", String.join(", ", manifest.unpairedDisks()))
                .row("Tags:", tags(manifest))
                .row(
                        "Last verified:",
                        findings.verified(manifest).map(Instant::toString).orElse(""))
                .row(
                        "Found damaged:",
                        findings.damaged(manifest).map(Instant::toString).orElse(""))
                .row(
                        "Last drill:",
                        findings.drilled(manifest).map(CheckpointShow::drill).orElse(""));
    }

    private static String drill(DrillRecord record) {
        return record.result().text() + " " + record.begun()
                + record.rto().map(rto -> ", RTO " + Amounts.duration(rto)).orElse("")
                + (record.code().isEmpty() ? "" : ", " + record.code())
                + ", sign " + CheckpointDrill.sign(record);
    }

    private static String disks(Manifest manifest) {
        return manifest.disks().stream()
                .map(disk -> disk.target() + " (" + Amounts.bytes(disk.sizeBytes()) + "): "
                        + disk.engine().text() + " " + disk.snapshot()
                        + (disk.content().isPresent() ? ", content in the store" : ""))
                .collect(Collectors.joining(", "));
    }

    /** Returns the tags of a checkpoint for a cell. */
    static String tags(Manifest manifest) {
        return manifest.tags().stream().map(Tag::text).collect(Collectors.joining(", "));
    }

    private static void writeDisk(Json json, PairedDisk disk) {
        json.field("target", disk.target())
                .field("path", disk.path())
                .field("engine", disk.engine().text())
                .field("identity", disk.identity())
                .field("sizeBytes", disk.sizeBytes())
                .field("snapshot", disk.snapshot())
                .field("snapshotIdentity", disk.snapshotIdentity())
                .field("contentStored", disk.content().isPresent());
    }

    static void write(Json json, Manifest manifest) {
        json.field("id", manifest.id().text())
                .field("guest", manifest.guestName())
                .field("guestUuid", manifest.guestUuid().toString())
                .field("host", manifest.hostName())
                .field("instant", manifest.instant())
                .field("method", manifest.method().name().toLowerCase(Locale.ROOT))
                .field("kind", manifest.kind().name().toLowerCase(Locale.ROOT))
                .field("memoryBytes", manifest.memoryBytes())
                .field("vcpus", manifest.vcpus())
                .field(
                        "format",
                        manifest.format().name().toLowerCase(Locale.ROOT).replace('_', '-'))
                .field("imageBytes", manifest.imageBytes())
                .field("imageRoot", manifest.imageRoot())
                .field("definitionSha256", manifest.definitionSha256())
                .duration("predictedPauseMillis", manifest.predictedPause())
                .field("pauseMillis", manifest.pause())
                .field("rearmPauseMillis", manifest.rearmPause())
                .field("durationMillis", manifest.duration())
                .field("hypervisorVersion", manifest.hypervisorVersion())
                .field("libvirtVersion", manifest.libvirtVersion())
                .objects("disks", manifest.disks(), CheckpointShow::writeDisk)
                .duration(
                        "diskPauseMillis",
                        manifest.disks().isEmpty() ? Optional.empty() : Optional.of(manifest.diskPause()))
                .texts("unpairedDisks", manifest.unpairedDisks())
                .texts(
                        "diskIdentities",
                        manifest.diskIdentities().entrySet().stream()
                                .map(one -> one.getKey() + " " + one.getValue())
                                .sorted()
                                .toList())
                .texts("tags", manifest.tags().stream().map(Tag::text).toList());
    }
}
