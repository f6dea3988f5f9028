package org.vfrt.xen.disk;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.vfrt.core.checkpoint.CheckpointId;
import org.vfrt.core.disk.CopiedDisk;
import org.vfrt.core.disk.DiskPlace;
import org.vfrt.core.disk.DiskSnapshots;
import org.vfrt.core.disk.Engine;
import org.vfrt.core.disk.FoundSnapshot;
import org.vfrt.core.disk.PairedDisk;
import org.vfrt.core.disk.ReplacedDisk;
import org.vfrt.core.disk.SnapshotContents;
import org.vfrt.core.disk.SnapshotMark;
import org.vfrt.core.disk.SurveyedDisk;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.pool.Disk;
import org.vfrt.core.pool.Host;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.xen.host.HostDialogue;
import org.vfrt.xen.host.HostScript;
import org.vfrt.xen.host.HostShell;
import org.vfrt.xen.host.RootShell;

/** Has the hosts' own engines make snapshots, by a script that runs there ({@code disks.sh}). */
public final class HostDisks implements DiskSnapshots {

    private static final HostScript SCRIPT = HostScript.beside(HostDisks.class, "answers.sh", "disks.sh");
    private static final HostScript IDENTITY = HostScript.beside(HostDisks.class, "identity.sh");

    /** What that script says of a disk of the host's own. */
    private static final String NO_IDENTITY = "-";

    private static final Duration LOOK = Duration.ofMinutes(2);

    /** LVM waits for whoever has the group locked, and a file system for its disk. */
    private static final Duration CHANGE = Duration.ofMinutes(10);

    private final ShellOfHost shells;

    /** How a host's shell is found; empty where there is none. */
    @FunctionalInterface
    public interface ShellOfHost {
        Optional<HostShell> of(Hypervisor host);
    }

    public HostDisks(ShellOfHost shells) {
        this.shells = shells;
    }

    @Override
    public List<SurveyedDisk> survey(Hypervisor host, List<Disk> disks) {
        Optional<HostShell> shell = shells.of(host);
        Optional<Reason> noShell =
                RootShell.obstacles(host.host(), shell).stream().findFirst();
        if (noShell.isPresent()) {
            return disks.stream()
                    .map(disk -> SurveyedDisk.without(disk, unpaired(disk, noShell.get())))
                    .toList();
        }
        List<Disk> local = disks.stream().filter(HostDisks::onHost).toList();
        List<List<String>> rows = local.isEmpty()
                ? List.of()
                : rows(host, shell.get(), LOOK, "survey", local.stream().flatMap(HostDisks::described));
        if (rows.size() != local.size()) {
            throw confused(host, rows);
        }
        List<SurveyedDisk> surveyed = new ArrayList<>();
        int next = 0;
        for (Disk disk : disks) {
            surveyed.add(
                    onHost(disk)
                            ? surveyed(host, disk, rows.get(next++))
                            : SurveyedDisk.without(
                                    disk,
                                    unpaired(
                                            disk,
                                            new Reason(
                                                    "disk-engine",
                                                    "it is neither a file nor a device of the host",
                                                    ""))));
        }
        return surveyed;
    }

    @Override
    public List<Optional<String>> identities(Hypervisor host, List<String> paths) {
        List<Optional<String>> unknown =
                paths.stream().map(path -> Optional.<String>empty()).toList();
        Optional<HostShell> shell = shells.of(host);
        if (paths.isEmpty() || shell.isEmpty()) {
            return unknown;
        }
        List<String> found =
                IDENTITY.run(shell.get(), paths, LOOK).output().lines().toList();
        return found.size() == paths.size()
                ? found.stream()
                        .map(line -> Optional.of(line).filter(known -> !known.equals(NO_IDENTITY)))
                        .toList()
                : unknown;
    }

    @Override
    public List<Reason> heldBy(Hypervisor host, List<PairedDisk> disks) {
        List<PairedDisk> thin =
                disks.stream().filter(disk -> disk.engine() == Engine.LVM_THIN).toList();
        if (thin.isEmpty()) {
            return List.of();
        }
        List<Reason> noShell = noShell(host);
        if (!noShell.isEmpty()) {
            return List.of(new Reason(
                    NOT_ASKED,
                    "host '" + host.host().name() + "' cannot be asked whether it uses the thin pool of the disks: "
                            + noShell.get(0).text(),
                    noShell.get(0).hint()));
        }
        List<List<String>> rows =
                rows(host, "held", thin.stream().flatMap(disk -> Stream.of(disk.snapshot(), disk.snapshotIdentity())));
        if (rows.size() != thin.size()) {
            throw confused(host, rows);
        }
        List<Reason> reasons = new ArrayList<>();
        for (int i = 0; i < thin.size(); i++) {
            if (rows.get(i).get(0).equals("yes")) {
                reasons.add(
                        new Reason(
                                "thin-pool-elsewhere",
                                "the thin pool of disk '" + thin.get(i).target() + "' is in use on host '"
                                        + host.host().name() + "', and two hosts that write to a pool destroy it",
                                "Bring the guest back there, or end what uses the pool there and deactivate it with 'vgchange -an'."));
            }
        }
        return reasons;
    }

    private static boolean onHost(Disk disk) {
        return disk.source() == Disk.Source.DEVICE || disk.source() == Disk.Source.FILE;
    }

    private static Stream<String> described(Disk disk) {
        return Stream.of(disk.source() == Disk.Source.DEVICE ? "device" : "file", disk.format(), disk.path());
    }

    private static SurveyedDisk surveyed(Hypervisor host, Disk disk, List<String> row) {
        if (row.size() == 5 && row.get(0).equals("ok")) {
            return SurveyedDisk.at(
                    disk, new DiskPlace(engine(row.get(1)), row.get(2), row.get(3), Long.parseLong(row.get(4))));
        }
        if (row.size() == 3 && row.get(0).equals("no")) {
            return SurveyedDisk.without(disk, unpaired(disk, new Reason(row.get(1), row.get(2), "")));
        }
        throw confused(host, List.of(row));
    }

    private static Reason unpaired(Disk disk, Reason why) {
        return new Reason(
                why.code(),
                "disk '" + disk.target() + "' cannot be part of the checkpoint: " + why.text(),
                why.hint().isEmpty()
                        ? "With '--disks none', in a policy 'memory_only: true', the checkpoint holds memory alone: restored over disks that have"
                                + " moved on, it destroys their file systems."
                        : why.hint());
    }

    @Override
    public Armed arm(Hypervisor host, SnapshotMark mark, List<SurveyedDisk> disks) {
        List<String> arguments = new ArrayList<>(List.of(
                "hold", mark.store().toString(), mark.checkpoint(), mark.guest().toString()));
        List<String> names = new ArrayList<>();
        for (SurveyedDisk disk : disks) {
            DiskPlace place = disk.place().orElseThrow();
            names.add(SnapshotNames.snapshot(place.engine(), place.origin(), mark));
            arguments.addAll(List.of(place.engine().text(), place.origin(), names.get(names.size() - 1)));
        }
        ArmedSnapshots armed = new ArmedSnapshots(
                new HostDialogue(shell(host).start(detached(arguments)), "disks"),
                host.host().name(),
                disks,
                names);
        try {
            armed.awaitReady();
            return armed;
        } catch (RuntimeException e) {
            armed.close();
            throw e;
        }
    }

    /** In a session of its own, as the guard: what it has taken must be removed although the way to it is gone. */
    static List<String> detached(List<String> arguments) {
        List<String> command = new ArrayList<>(List.of("setsid", "--wait", "bash", "-c", SCRIPT.text(), "disks.sh"));
        command.addAll(arguments);
        return command;
    }

    @Override
    public SnapshotContents contents() {
        return new HostContents(this);
    }

    /** Returns why there is no way to the host's disks. */
    List<Reason> noShell(Hypervisor host) {
        return RootShell.obstacles(host.host(), shells.of(host));
    }

    @Override
    public List<Reason> obstacles(Hypervisor host, List<PairedDisk> disks, boolean replacing) {
        List<Reason> noShell = noShell(host);
        if (!noShell.isEmpty()) {
            return noShell;
        }
        List<List<String>> rows = rows(
                host,
                "look",
                disks.stream()
                        .flatMap(disk -> Stream.of(
                                disk.engine().text(),
                                replacing ? origin(disk) : "",
                                disk.snapshot(),
                                disk.snapshotIdentity(),
                                disk.path())));
        if (rows.size() != disks.size()) {
            throw confused(host, rows);
        }
        List<Reason> reasons = new ArrayList<>();
        for (int i = 0; i < disks.size(); i++) {
            List<String> row = rows.get(i);
            if (!row.get(0).equals("ok")) {
                reasons.add(new Reason(
                        row.size() > 1 ? row.get(1) : "disk-unclear",
                        "disk '" + disks.get(i).target() + "' cannot be given its state back on host '"
                                + host.host().name() + "': " + (row.size() > 2 ? row.get(2) : row.get(0)),
                        "Its snapshot is where it was taken; another checkpoint may have all of its own. '--accept-disk-drift' restores"
                                + " over the disks as they are."));
            }
        }
        return reasons;
    }

    static String origin(PairedDisk disk) {
        return SnapshotNames.origin(disk.engine(), disk.snapshot());
    }

    @Override
    public List<ReplacedDisk> planned(List<PairedDisk> disks, SnapshotMark mark, String moment) {
        return disks.stream()
                .map(disk -> new ReplacedDisk(
                        disk.engine(), origin(disk), SnapshotNames.kept(disk.engine(), origin(disk), mark, moment)))
                .toList();
    }

    @Override
    public void revert(Hypervisor host, List<PairedDisk> disks, SnapshotMark mark, String moment) {
        List<ReplacedDisk> planned = planned(disks, mark, moment);
        List<String> arguments =
                new ArrayList<>(List.of(mark.store().toString(), mark.guest().toString(), moment));
        for (int i = 0; i < disks.size(); i++) {
            PairedDisk disk = disks.get(i);
            arguments.addAll(List.of(
                    disk.engine().text(),
                    planned.get(i).origin(),
                    disk.snapshot(),
                    disk.snapshotIdentity(),
                    planned.get(i).kept()));
        }
        change(host, "revert", arguments.stream());
    }

    @Override
    public void putBack(Hypervisor host, List<ReplacedDisk> disks) {
        if (!disks.isEmpty()) {
            change(
                    host,
                    "putback",
                    disks.stream().flatMap(disk -> Stream.of(disk.engine().text(), disk.origin(), disk.kept())));
        }
    }

    @Override
    public void exchange(Hypervisor host, List<ReplacedDisk> disks, SnapshotMark mark, String moment) {
        List<String> arguments =
                new ArrayList<>(List.of(mark.store().toString(), mark.guest().toString(), moment));
        for (ReplacedDisk disk : disks) {
            arguments.addAll(List.of(
                    disk.engine().text(),
                    disk.origin(),
                    disk.kept(),
                    SnapshotNames.kept(disk.engine(), disk.origin(), mark, moment)));
        }
        change(host, "exchange", arguments.stream());
    }

    @Override
    public List<CopiedDisk> plannedCopies(List<PairedDisk> disks, String copyName) {
        return disks.stream()
                .map(disk -> {
                    String reference = SnapshotNames.copy(disk.engine(), origin(disk), copyName, disk.target());
                    return new CopiedDisk(
                            disk.engine(),
                            disk.target(),
                            disk.snapshot(),
                            reference,
                            SnapshotNames.path(disk.engine(), reference));
                })
                .toList();
    }

    @Override
    public void copy(Hypervisor host, List<CopiedDisk> copies) {
        change(host, "copy", copies.stream().flatMap(HostDisks::described));
    }

    @Override
    public void removeCopies(Hypervisor host, List<CopiedDisk> copies) {
        if (!copies.isEmpty()) {
            change(host, "uncopy", copies.stream().flatMap(HostDisks::described));
        }
    }

    private static Stream<String> described(CopiedDisk copy) {
        return Stream.of(copy.engine().text(), copy.snapshot(), copy.reference());
    }

    @Override
    public List<FoundSnapshot> list(Hypervisor host) {
        Optional<HostShell> shell = shells.of(host);
        if (!RootShell.obstacles(host.host(), shell).isEmpty()) {
            return List.of();
        }
        List<List<String>> rows = rows(host, shell.get(), LOOK, "list", Stream.empty());
        if (rows.isEmpty() || !rows.get(rows.size() - 1).equals(List.of("end"))) {
            throw confused(host, rows);
        }
        List<FoundSnapshot> found = new ArrayList<>();
        for (List<String> row : rows.subList(0, rows.size() - 1)) {
            found(row).ifPresent(found::add);
        }
        return found;
    }

    /** What bears the mark in another form is of another version, or nobody's of vfrt. */
    private static Optional<FoundSnapshot> found(List<String> row) {
        if (row.size() != 6 || !CheckpointId.matches(row.get(4))) {
            return Optional.empty();
        }
        try {
            boolean passing = row.get(0).equals("passing");
            boolean kept = passing || row.get(0).equals("kept");
            SnapshotMark mark = new SnapshotMark(UUID.fromString(row.get(3)), row.get(4), UUID.fromString(row.get(5)));
            Optional<Instant> since = kept ? new CheckpointId(row.get(4)).begun() : Optional.empty();
            return kept && since.isEmpty()
                    ? Optional.empty()
                    : Optional.of(new FoundSnapshot(engine(row.get(1)), row.get(2), mark, since, passing));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    @Override
    public void remove(Hypervisor host, List<FoundSnapshot> snapshots) {
        change(
                host,
                "remove",
                snapshots.stream().flatMap(one -> Stream.of(one.engine().text(), one.reference())));
    }

    private void change(Hypervisor host, String verb, Stream<String> arguments) {
        List<List<String>> rows = rows(host, shell(host), CHANGE, verb, arguments);
        List<String> last = rows.isEmpty() ? List.of("") : rows.get(rows.size() - 1);
        switch (last.get(0)) {
            case "done" -> {}
            case "taken" ->
                throw new Failed(
                        COPY_EXISTS,
                        "'" + last.get(1) + "' is on host '" + host.host().name() + "' already",
                        "Choose another name for the copy, or remove that if it is not needed.");
            case "failed" ->
                throw new Failed(
                        "disks-not-changed",
                        "on host '" + host.host().name() + "': " + last.get(1),
                        "Look at the disks there with 'lvs -a' and 'ls -la', then try again.");
            default -> throw confused(host, rows);
        }
    }

    /** Asks, and changes nothing. */
    List<List<String>> rows(Hypervisor host, String verb, Stream<String> arguments) {
        return rows(host, shell(host), LOOK, verb, arguments);
    }

    private static List<List<String>> rows(
            Hypervisor host, HostShell shell, Duration limit, String verb, Stream<String> arguments) {
        HostShell.Result result =
                SCRIPT.run(shell, Stream.concat(Stream.of(verb), arguments).toList(), limit);
        if (!result.ok() && result.output().isEmpty()) {
            throw confused(host, List.of(List.of(result.complaint())));
        }
        return result.output()
                .lines()
                .map(line -> List.of(line.split("\t", -1)))
                .toList();
    }

    static Failed confused(Hypervisor host, List<List<String>> rows) {
        return new Failed(
                "disks-unclear",
                "the disks on host '" + host.host().name() + "' could not be looked at: it answers '" + rows + "'",
                "Run with '-v'.");
    }

    private static Engine engine(String text) {
        return Stream.of(Engine.values())
                .filter(engine -> engine.text().equals(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there is no engine '" + text + "'"));
    }

    HostShell shell(Hypervisor hypervisor) {
        Host host = hypervisor.host();
        return shells.of(hypervisor)
                .orElseThrow(() -> new Failed(
                        "no-shell",
                        "vfrt reaches no shell on host '" + host.name() + "', and its disks are there",
                        "Use a URI with '+ssh', for example 'xen+ssh://root@" + host.name() + "/system'."));
    }
}
