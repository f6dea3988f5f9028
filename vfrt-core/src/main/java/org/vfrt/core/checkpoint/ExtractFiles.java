package org.vfrt.core.checkpoint;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.vfrt.core.disk.DiskSnapshots;
import org.vfrt.core.disk.PairedDisk;
import org.vfrt.core.disk.SnapshotFiles;
import org.vfrt.core.disk.SnapshotMark;
import org.vfrt.core.durable.DurableFiles;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Damaged;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.NotFound;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.journal.GuestLock;
import org.vfrt.core.journal.GuestLocks;
import org.vfrt.core.journal.Journal;
import org.vfrt.core.journal.JournalEntry;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.pool.OpenPool;
import org.vfrt.core.pool.Pool;

/**
 * Gives back single files of a checkpoint's disks, in a new directory of this machine. Neither the guest nor the checkpoint is touched. Where no host has the
 * snapshot, one gets it for that time, made of what the store holds.
 */
public final class ExtractFiles {

    /** The name of the operation in locks and in the journal. */
    public static final String OPERATION = "checkpoint restore --files-from";

    private final Pool pool;
    private final SnapshotFiles files;
    private final DiskSnapshots snapshots;
    private final CheckpointStore store;
    private final GuestLocks locks;
    private final Journal journal;
    private final Clock clock;

    public ExtractFiles(
            Pool pool,
            SnapshotFiles files,
            DiskSnapshots snapshots,
            CheckpointStore store,
            GuestLocks locks,
            Journal journal,
            Clock clock) {
        this.pool = pool;
        this.files = files;
        this.snapshots = snapshots;
        this.store = store;
        this.locks = locks;
        this.journal = journal;
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
     * @param place empty on a dry run where the snapshot would first have to be made
     * @param copied empty on a dry run
     */
    public record Outcome(
            Manifest manifest,
            String hostName,
            String target,
            Optional<SnapshotFiles.Place> place,
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
        String moment = CheckpointId.at(clock.instant()).text();
        List<String> notes =
                new ArrayList<>(new FindCheckpoint(store).leftOut(manifest, request.what(), clock.instant()));
        try (OpenPool hosts = pool.open()) {
            Source source = source(manifest, disk, hosts);
            Found found;
            if (!source.toBring()) {
                found = found(request, source.host(), wish(request, disk, mark, moment), directory, progress);
            } else if (request.dryRun()) {
                notes.add("no host has the snapshot: it would be made on host '"
                        + source.host().host().name()
                        + "' of what the store holds, so whether it has these files is not known yet");
                found = new Found(Optional.empty(), Optional.empty());
            } else {
                found = foundInContent(
                        request, manifest, source.host(), disk, mark, moment, directory, progress, notes);
            }
            return new Outcome(
                    manifest,
                    source.host().host().name(),
                    disk.target(),
                    found.place(),
                    directory,
                    found.copied(),
                    notes);
        }
    }

    private record Found(Optional<SnapshotFiles.Place> place, Optional<SnapshotFiles.Copied> copied) {}

    private static SnapshotFiles.Wish wish(Request request, PairedDisk disk, SnapshotMark mark, String moment) {
        return new SnapshotFiles.Wish(disk, mark, moment, request.partition(), request.paths());
    }

    private Found found(Request request, Hypervisor host, SnapshotFiles.Wish wish, Path directory, Progress progress) {
        if (request.dryRun()) {
            return new Found(Optional.of(files.look(host, wish)), Optional.empty());
        }
        SnapshotFiles.Copied copied = written(host, wish, directory, progress);
        return new Found(Optional.of(copied.place()), Optional.of(copied));
    }

    /** The same where the snapshot has to be made first. It is taken away again whatever comes of it. */
    private Found foundInContent(
            Request request,
            Manifest manifest,
            Hypervisor host,
            PairedDisk disk,
            SnapshotMark mark,
            String moment,
            Path directory,
            Progress progress,
            List<String> notes) {
        try (GuestLock lock =
                locks.take(lockOf(manifest.guestUuid()), manifest.guestName(), OPERATION, Duration.ZERO)) {
            List<Reason> unsettled = Unfinished.about(journal, lock.guest());
            if (!unsettled.isEmpty()) {
                throw new Refused("files of checkpoint '" + manifest.id() + "' are not read", unsettled);
            }
            JournalEntry entry = Unfinished.begin(journal, OPERATION, lock, manifest.guestName(), host);
            BroughtSnapshots brought = new BroughtSnapshots(snapshots, host);
            try {
                PairedDisk made = brought.bring(List.of(disk), store, manifest.id(), mark, moment, entry, progress)
                        .get(0);
                return found(request, host, wish(request, made, mark, moment), directory, progress);
            } catch (Damaged e) {
                new NoteDamage(store, clock).run(manifest.id(), e);
                throw e;
            } finally {
                notes.addAll(brought.forget());
                // What could not be removed is still in the journal, for the next command.
                if (!brought.any()) {
                    journal.end(entry);
                }
            }
        }
    }

    /** Not the guest's own lock: the guest is not touched. */
    private static UUID lockOf(UUID guest) {
        return UUID.nameUUIDFromBytes(("vfrt checkpoint files " + guest).getBytes(StandardCharsets.UTF_8));
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

    /**
     * Where a disk's state is read.
     *
     * @param toBring whether the snapshot has to be made there first
     */
    private record Source(Hypervisor host, boolean toBring) {}

    /** The host that has the snapshot; else the first that can have one made of what the store holds, that of the checkpoint before others. */
    private Source source(Manifest manifest, PairedDisk disk, OpenPool hosts) {
        if (disk.content().isEmpty()) {
            return new Source(home(manifest, hosts), false);
        }
        List<Hypervisor> homeFirst = hosts.answering().stream()
                .sorted(Comparator.comparing(host -> !manifest.takenOn(host)))
                .toList();
        List<Source> bringing = new ArrayList<>();
        List<Reason> obstacles = new ArrayList<>();
        for (Hypervisor host : homeFirst) {
            DiskSources sources = DiskSources.of(snapshots, host, List.of(disk), false);
            obstacles.addAll(sources.obstacles());
            if (!sources.there().isEmpty()) {
                return new Source(host, false);
            }
            if (sources.obstacles().isEmpty()) {
                bringing.add(new Source(host, true));
            }
        }
        hosts.silent()
                .forEach((host, why) -> obstacles.add(new Reason(
                        "host-silent",
                        "host '" + host.name() + "' does not answer: " + why.getMessage(),
                        "See 'vfrt host check'.")));
        return bringing.stream()
                .findFirst()
                .orElseThrow(() -> new Refused("files of checkpoint '" + manifest.id() + "' are not read", obstacles));
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
