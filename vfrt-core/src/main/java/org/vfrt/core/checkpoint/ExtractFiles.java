package org.vfrt.core.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.vfrt.core.disk.PairedDisk;
import org.vfrt.core.disk.SnapshotFiles;
import org.vfrt.core.disk.SnapshotMark;
import org.vfrt.core.durable.DurableFiles;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.NotFound;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.pool.OpenPool;
import org.vfrt.core.pool.Pool;

/** Gives back single files of a checkpoint's disks, in a new directory of this machine. Neither the guest nor the checkpoint is touched. */
public final class ExtractFiles {

    private final Pool pool;
    private final SnapshotFiles files;
    private final CheckpointStore store;
    private final Clock clock;

    public ExtractFiles(Pool pool, SnapshotFiles files, CheckpointStore store, Clock clock) {
        this.pool = pool;
        this.files = files;
        this.store = store;
        this.clock = clock;
    }

    /**
     * What is asked for.
     *
     * @param what a checkpoint's id or a unique part of it, or a guest, which means its newest checkpoint
     * @param paths of files and directories, as the guest knows them
     * @param disk the target of the disk they are on; may be empty for a checkpoint of one disk
     * @param partition of that disk; empty for the only one that has all paths
     * @param into the new directory; empty for one named after the checkpoint in the working directory
     * @param dryRun look whether they are there, and write nothing
     */
    public record Request(
            String what,
            List<String> paths,
            Optional<String> disk,
            Optional<Integer> partition,
            Optional<Path> into,
            boolean dryRun) {

        public Request {
            paths = List.copyOf(paths);
        }
    }

    /**
     * What was done, or on a dry run would be done.
     *
     * @param target the disk
     * @param copied empty on a dry run
     */
    public record Outcome(
            Manifest manifest,
            String hostName,
            String target,
            SnapshotFiles.Place place,
            Path directory,
            Optional<SnapshotFiles.Copied> copied,
            List<String> notes) {

        public Outcome {
            notes = List.copyOf(notes);
        }
    }

    /**
     * Does it. A directory that is there afterwards holds all that was asked for.
     *
     * @throws Refused when it cannot be done; nothing was touched
     * @throws NotFound when a file is not there, or no such checkpoint
     * @throws org.vfrt.core.failure.Failure when it was tried and did not work; nothing is left of it
     */
    public Outcome run(Request request, Progress progress) {
        request.paths().forEach(ExtractFiles::check);
        Manifest manifest = new FindCheckpoint(store).usable(request.what(), clock.instant());
        PairedDisk disk = disk(manifest, request.disk());
        Path directory = request.into()
                .orElse(Path.of("files-from-" + manifest.id()))
                .toAbsolutePath()
                .normalize();
        refuseWhenThere(directory);
        SnapshotMark mark = new SnapshotMark(store.identity(), manifest.id().text(), manifest.guestUuid());
        SnapshotFiles.Wish wish = new SnapshotFiles.Wish(
                disk, mark, CheckpointId.at(clock.instant()).text(), request.partition(), request.paths());
        List<String> notes = new FindCheckpoint(store).leftOut(manifest, request.what(), clock.instant());
        try (OpenPool hosts = pool.open()) {
            Hypervisor host = home(manifest, hosts);
            Optional<SnapshotFiles.Copied> copied =
                    request.dryRun() ? Optional.empty() : Optional.of(written(host, wish, directory, progress));
            SnapshotFiles.Place place = copied.map(SnapshotFiles.Copied::place).orElseGet(() -> files.look(host, wish));
            return new Outcome(manifest, host.host().name(), disk.target(), place, directory, copied, notes);
        }
    }

    private static void check(String path) {
        if (path.isEmpty() || path.chars().anyMatch(Character::isISOControl)) {
            throw new BadInput(
                    "bad-path-in-guest",
                    "'" + path.replaceAll("\\p{Cntrl}", "?") + "' is no path of a file in a guest",
                    "Write it as the guest knows it, for example /etc/passwd; the directory above a file with an odd name brings it too.");
        }
    }

    private static PairedDisk disk(Manifest manifest, Optional<String> target) {
        List<PairedDisk> disks = manifest.disks();
        if (disks.isEmpty()) {
            throw new Refused(
                    "no-disks-in-checkpoint",
                    "checkpoint '" + manifest.id() + "' of guest '" + manifest.guestName() + "' holds no disks"
                            + (manifest.unpairedDisks().isEmpty()
                                    ? ""
                                    : ": " + String.join(", ", manifest.unpairedDisks()) + " were left out"),
                    "Its files are where the guest has them now. 'vfrt checkpoint create' without '--disks none' takes checkpoints that have some.");
        }
        String all = disks.stream().map(PairedDisk::target).collect(Collectors.joining(", "));
        if (target.isEmpty() && disks.size() > 1) {
            throw new BadInput(
                    "which-disk",
                    "checkpoint '" + manifest.id() + "' holds the disks " + all,
                    "Say with '--disk' which one the files are on.");
        }
        return disks.stream()
                .filter(disk -> target.map(disk.target()::equals).orElse(true))
                .findFirst()
                .orElseThrow(() -> new NotFound(
                        "no-such-disk",
                        "checkpoint '" + manifest.id() + "' has no disk '" + target.orElseThrow() + "'",
                        "It holds " + all + "."));
    }

    private static void refuseWhenThere(Path directory) {
        if (Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
            throw new Refused(
                    "directory-exists",
                    "'" + directory + "' is there already, and nothing is written over what is there",
                    "Name a new directory with '--into'.");
        }
    }

    /** A snapshot is where it was taken. */
    private static Hypervisor home(Manifest manifest, OpenPool hosts) {
        return hosts.answering().stream()
                .filter(manifest::takenOn)
                .findFirst()
                .or(() -> hosts.silent().keySet().stream()
                        .filter(host -> host.name().equals(manifest.hostName()))
                        .findFirst()
                        .map(host -> hosts.host(host.name())))
                .orElseThrow(() -> new Refused(
                        "origin-not-in-pool",
                        "the disks of checkpoint '" + manifest.id() + "' are on host '" + manifest.hostName()
                                + "', which is not part of this configuration",
                        "Take that host into the configuration."));
    }

    /** Under another name until all is there. */
    private SnapshotFiles.Copied written(Hypervisor host, SnapshotFiles.Wish wish, Path directory, Progress progress) {
        Path parts = partsOf(directory);
        try {
            SnapshotFiles.Copied copied = files.copy(host, wish, parts, bytes -> progress.at("files", bytes, 0));
            refuseWhenThere(directory);
            Files.move(parts, directory);
            return copied;
        } catch (IOException e) {
            throw removed(parts, notWritten(directory, e));
        } catch (Failure e) {
            throw removed(parts, e);
        }
    }

    private static Path partsOf(Path directory) {
        try {
            Path parent = directory.getParent();
            if (parent == null) {
                throw new IOException("it has no directory above it");
            }
            return Files.createTempDirectory(parent, "." + directory.getFileName() + ".part");
        } catch (IOException e) {
            throw notWritten(directory, e);
        }
    }

    /** Removes what came of files that did not come whole. */
    private static Failure removed(Path parts, Failure cause) {
        try {
            DurableFiles.removeTree(parts);
            return cause;
        } catch (IOException e) {
            return new Failed(
                    "parts-left",
                    cause.getMessage() + "; and what had come was not removed from '" + parts + "': " + e.getMessage(),
                    "Remove it by hand. " + cause.hint(),
                    cause);
        }
    }

    private static Failed notWritten(Path directory, IOException e) {
        return new Failed(
                "directory-not-written",
                "'" + directory + "' cannot be written: " + e.getMessage(),
                "Name another directory with '--into'.",
                e);
    }
}
