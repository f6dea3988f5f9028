package org.vfrt.core.disk;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.vfrt.core.checkpoint.CheckpointId;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.pool.Disk;
import org.vfrt.core.pool.Hypervisor;

/** Disks that are texts, on hosts that each have their own. */
public final class FakeDisks implements DiskSnapshots {

    /** How long all snapshots of a capture take. */
    public static final Duration PAUSE = Duration.ofMillis(30);

    private static final int PAGE = 4096;

    private final Map<String, Map<String, String>> hosts = new TreeMap<>();
    /** What a restore put where nothing was, and as what it would have kept that. */
    private final Map<String, String> made = new TreeMap<>();

    private final Map<String, FoundSnapshot> marks = new TreeMap<>();

    /** Why no snapshot can be taken at the moment itself; empty for none. */
    public String failsToTake = "";

    /** Why no disk can be replaced. */
    public String failsToRevert = "";

    /** Why no snapshot can be removed. */
    public String failsToRemove = "";

    /** By host and path, as {@code xen1 /dev/lun}: what the host says that a disk is, in all the world. */
    public final Map<String, String> worldwide = new TreeMap<>();

    /** The hosts that have the thin pool of all snapshots in use. */
    public final Set<String> holdsPool = new HashSet<>();

    /** What engine snapshots are made by. */
    public Engine engine = Engine.REFLINK;

    @Override
    public List<Optional<String>> identities(Hypervisor host, List<String> paths) {
        return paths.stream()
                .map(path -> Optional.ofNullable(worldwide.get(host.host().name() + " " + path)))
                .toList();
    }

    @Override
    public List<Reason> heldBy(Hypervisor host, List<PairedDisk> disks) {
        return holdsPool.contains(host.host().name())
                ? List.of(new Reason("thin-pool-elsewhere", "'" + host.host().name() + "' has the pool in use", ""))
                : List.of();
    }

    /** Writes a disk, or makes it. */
    public void write(String host, String path, String content) {
        volumes(host).put(path, content);
    }

    /** Takes a disk away. */
    public void lose(String host, String path) {
        volumes(host).remove(path);
    }

    /** Returns what is on a disk. */
    public Optional<String> read(String host, String path) {
        return Optional.ofNullable(volumes(host).get(path));
    }

    /** Returns everything that a host has, disks and what was made of them. */
    public List<String> all(String host) {
        return List.copyOf(volumes(host).keySet());
    }

    private Map<String, String> volumes(String host) {
        return hosts.computeIfAbsent(host, name -> new TreeMap<>());
    }

    private Map<String, String> volumes(Hypervisor host) {
        return volumes(host.host().name());
    }

    @Override
    public List<SurveyedDisk> survey(Hypervisor host, List<Disk> disks) {
        return disks.stream()
                .map(disk -> volumes(host).containsKey(disk.path())
                        ? SurveyedDisk.at(disk, new DiskPlace(engine, disk.path(), "identity of " + disk.path(), 100))
                        : SurveyedDisk.without(
                                disk, new Reason("disk-missing", "there is no '" + disk.path() + "'", "Make it.")))
                .toList();
    }

    @Override
    public Armed arm(Hypervisor host, SnapshotMark mark, List<SurveyedDisk> disks) {
        return new FakeArmed(volumes(host), mark, disks);
    }

    private final class FakeArmed implements Armed {

        private final Map<String, String> volumes;
        private final SnapshotMark mark;
        private final List<SurveyedDisk> disks;
        private boolean kept;

        FakeArmed(Map<String, String> volumes, SnapshotMark mark, List<SurveyedDisk> disks) {
            this.volumes = volumes;
            this.mark = mark;
            this.disks = disks;
        }

        private String name(SurveyedDisk disk) {
            return disk.place().orElseThrow().origin() + "@" + mark.checkpoint();
        }

        @Override
        public Duration take() {
            for (SurveyedDisk disk : disks) {
                String content = volumes.get(disk.place().orElseThrow().origin());
                if (!failsToTake.isEmpty() || content == null) {
                    throw new Failed("disks-not-taken", failsToTake, "");
                }
                volumes.put(name(disk), content);
                marks.put(name(disk), new FoundSnapshot(Engine.REFLINK, name(disk), mark, Optional.empty()));
            }
            return PAUSE;
        }

        @Override
        public List<PairedDisk> keep() {
            kept = true;
            return disks.stream()
                    .map(disk -> {
                        DiskPlace place = disk.place().orElseThrow();
                        return new PairedDisk(
                                disk.disk().target(),
                                disk.disk().path(),
                                place.engine(),
                                place.identity(),
                                place.sizeBytes(),
                                name(disk),
                                "of " + name(disk));
                    })
                    .toList();
        }

        @Override
        public void close() {
            if (!kept) {
                disks.forEach(disk -> volumes.remove(name(disk)));
            }
        }
    }

    @Override
    public List<Reason> obstacles(Hypervisor host, List<PairedDisk> disks, boolean replacing) {
        return disks.stream()
                .filter(disk -> !volumes(host).containsKey(disk.snapshot()))
                .map(disk -> new Reason("snapshot-missing", "snapshot '" + disk.snapshot() + "' is not there", ""))
                .toList();
    }

    private static String origin(PairedDisk disk) {
        return disk.snapshot().substring(0, disk.snapshot().lastIndexOf('@'));
    }

    @Override
    public List<ReplacedDisk> planned(List<PairedDisk> disks, SnapshotMark mark, String moment) {
        return disks.stream()
                .map(disk -> new ReplacedDisk(disk.engine(), origin(disk), origin(disk) + "@kept-" + moment))
                .toList();
    }

    @Override
    public void revert(Hypervisor host, List<PairedDisk> disks, SnapshotMark mark, String moment) {
        List<ReplacedDisk> planned = planned(disks, mark, moment);
        for (int i = 0; i < disks.size(); i++) {
            String origin = planned.get(i).origin();
            String before = volumes(host).get(origin);
            if (before != null) {
                keep(host, planned.get(i).kept(), before, mark, moment);
            } else {
                made.put(origin, planned.get(i).kept());
            }
            if (!failsToRevert.isEmpty()) {
                volumes(host).remove(origin);
                throw new Failed("disks-not-changed", failsToRevert, "");
            }
            volumes(host).put(origin, volumes(host).get(disks.get(i).snapshot()));
        }
    }

    @Override
    public void putBack(Hypervisor host, List<ReplacedDisk> disks) {
        for (ReplacedDisk disk : disks) {
            String before = volumes(host).remove(disk.kept());
            if (before != null) {
                volumes(host).put(disk.origin(), before);
            } else if (made.remove(disk.origin(), disk.kept())) {
                volumes(host).remove(disk.origin());
            }
        }
    }

    @Override
    public void exchange(Hypervisor host, List<ReplacedDisk> disks, SnapshotMark mark, String moment) {
        for (ReplacedDisk disk : disks) {
            String before = volumes(host).get(disk.kept());
            String now = volumes(host).get(disk.origin());
            boolean replaced = before != null || disk.kept().equals(made.get(disk.origin()));
            if (replaced && now != null) {
                keep(host, disk.origin() + "@kept-" + moment, now, mark, moment);
            }
        }
        putBack(host, disks);
    }

    /** Has a host keep something, as a restore does. */
    public void keep(Hypervisor host, String name, String content, SnapshotMark mark, String moment) {
        volumes(host).put(name, content);
        marks.put(
                name,
                new FoundSnapshot(
                        Engine.REFLINK,
                        name,
                        new SnapshotMark(mark.store(), moment, mark.guest()),
                        new CheckpointId(moment).begun(),
                        name.contains("@brought-")));
    }

    @Override
    public List<CopiedDisk> plannedCopies(List<PairedDisk> disks, String copyName) {
        return disks.stream()
                .map(disk -> {
                    String path = "/copies/" + copyName + "." + disk.target();
                    return new CopiedDisk(disk.engine(), disk.target(), disk.snapshot(), path, path);
                })
                .toList();
    }

    @Override
    public void copy(Hypervisor host, List<CopiedDisk> copies) {
        for (CopiedDisk copy : copies) {
            if (volumes(host).containsKey(copy.path())) {
                throw new Failed(COPY_EXISTS, "'" + copy.path() + "' is there already", "");
            }
        }
        copies.forEach(copy -> volumes(host).put(copy.path(), volumes(host).get(copy.snapshot())));
    }

    @Override
    public void removeCopies(Hypervisor host, List<CopiedDisk> copies) {
        copies.forEach(copy -> volumes(host).remove(copy.path()));
    }

    /** The hosts on which no snapshot can be made of contents. */
    public final Set<String> cannotBring = new HashSet<>();

    /** What was read of snapshots, in bytes. */
    public long readBytes;

    /** Why what a snapshot holds cannot be read. */
    public String failsToRead = "";

    @Override
    public SnapshotContents contents() {
        return new Contents();
    }

    private final class Contents implements SnapshotContents {

        @Override
        public List<Reason> unreadable(Hypervisor host, List<SurveyedDisk> disks) {
            return List.of();
        }

        @Override
        public long read(Hypervisor host, PairedDisk snapshot, Optional<PairedDisk> earlier, Listener listener)
                throws IOException {
            if (!failsToRead.isEmpty()) {
                throw new Failed("disk-not-read", failsToRead, "");
            }
            String text =
                    Optional.ofNullable(volumes(host).get(snapshot.snapshot())).orElseThrow();
            if (earlier.map(one -> volumes(host).get(one.snapshot()))
                    .filter(text::equals)
                    .isPresent()) {
                listener.unchanged(0, PAGE);
                return 0;
            }
            byte[] page = Arrays.copyOf(text.getBytes(StandardCharsets.UTF_8), PAGE);
            listener.data(0, page, 0, PAGE);
            readBytes += PAGE;
            return PAGE;
        }

        @Override
        public List<Reason> obstacles(Hypervisor host, List<PairedDisk> disks, boolean replacing) {
            return cannotBring.contains(host.host().name())
                    ? List.of(new Reason("no-place-for-disk", "there is no room for it", ""))
                    : List.of();
        }

        @Override
        public PairedDisk planned(PairedDisk disk, SnapshotMark mark, String moment) {
            return disk.as(origin(disk) + "@brought-" + moment, "");
        }

        @Override
        public PairedDisk bring(Hypervisor host, PairedDisk planned, SnapshotMark mark, String moment, Source content)
                throws IOException {
            byte[] page = new byte[PAGE];
            content.to((at, buffer, offset, length) -> System.arraycopy(buffer, offset, page, (int) at, length));
            keep(host, planned.snapshot(), new String(page, StandardCharsets.UTF_8).replace("\0", ""), mark, moment);
            return planned.as(planned.snapshot(), "of " + planned.snapshot());
        }
    }

    @Override
    public List<FoundSnapshot> list(Hypervisor host) {
        List<FoundSnapshot> found = new ArrayList<>();
        volumes(host)
                .keySet()
                .forEach(name -> Optional.ofNullable(marks.get(name)).ifPresent(found::add));
        return found;
    }

    @Override
    public void remove(Hypervisor host, List<FoundSnapshot> snapshots) {
        if (!failsToRemove.isEmpty()) {
            throw new Failed("disks-not-changed", failsToRemove, "");
        }
        snapshots.forEach(one -> volumes(host).remove(one.reference()));
    }
}
