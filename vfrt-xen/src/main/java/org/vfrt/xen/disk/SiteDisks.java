package org.vfrt.xen.disk;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.vfrt.core.disk.CopiedDisk;
import org.vfrt.core.disk.DiskSnapshots;
import org.vfrt.core.disk.Engine;
import org.vfrt.core.disk.FoundSnapshot;
import org.vfrt.core.disk.PairedDisk;
import org.vfrt.core.disk.ReplacedDisk;
import org.vfrt.core.disk.SnapshotContents;
import org.vfrt.core.disk.SnapshotMark;
import org.vfrt.core.disk.SurveyedDisk;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.pool.Disk;
import org.vfrt.core.pool.Hypervisor;

/** Has each disk dealt with by whoever made its snapshot: an engine of the hosts, or a hook of the site. */
public final class SiteDisks implements DiskSnapshots {

    private final DiskSnapshots engines;
    private final DiskSnapshots hooks;
    private final DiskSnapshots taking;

    /** @param external whether new snapshots are the hooks' business */
    public SiteDisks(HostDisks engines, HookDisks hooks, boolean external) {
        this.engines = engines;
        this.hooks = hooks;
        this.taking = external ? hooks : engines;
    }

    private <T> List<T> ofEngines(List<T> all, Function<T, Engine> engine) {
        return all.stream().filter(one -> engine.apply(one) != Engine.EXTERNAL).toList();
    }

    private <T> List<T> ofHooks(List<T> all, Function<T, Engine> engine) {
        return all.stream().filter(one -> engine.apply(one) == Engine.EXTERNAL).toList();
    }

    private static <T> List<T> both(List<T> one, List<T> other) {
        return Stream.concat(one.stream(), other.stream()).toList();
    }

    @Override
    public List<SurveyedDisk> survey(Hypervisor host, List<Disk> disks) {
        return taking.survey(host, disks);
    }

    @Override
    public List<Optional<String>> identities(Hypervisor host, List<String> paths) {
        return engines.identities(host, paths);
    }

    /** What a hook keeps is its own affair. */
    @Override
    public List<Reason> heldBy(Hypervisor host, List<PairedDisk> disks) {
        return engines.heldBy(host, disks);
    }

    @Override
    public Armed arm(Hypervisor host, SnapshotMark mark, List<SurveyedDisk> disks) {
        return taking.arm(host, mark, disks);
    }

    @Override
    public List<Reason> obstacles(Hypervisor host, List<PairedDisk> disks, boolean replacing) {
        List<PairedDisk> own = ofEngines(disks, PairedDisk::engine);
        return both(
                own.isEmpty() ? List.of() : engines.obstacles(host, own, replacing),
                hooks.obstacles(host, ofHooks(disks, PairedDisk::engine), replacing));
    }

    /** What a hook keeps is in no store. */
    @Override
    public SnapshotContents contents() {
        return engines.contents();
    }

    @Override
    public void revert(Hypervisor host, List<PairedDisk> disks, SnapshotMark mark, String moment) {
        List<PairedDisk> own = ofEngines(disks, PairedDisk::engine);
        if (!own.isEmpty()) {
            engines.revert(host, own, mark, moment);
        }
        hooks.revert(host, ofHooks(disks, PairedDisk::engine), mark, moment);
    }

    @Override
    public List<ReplacedDisk> planned(List<PairedDisk> disks, SnapshotMark mark, String moment) {
        return both(
                engines.planned(ofEngines(disks, PairedDisk::engine), mark, moment),
                hooks.planned(ofHooks(disks, PairedDisk::engine), mark, moment));
    }

    @Override
    public void putBack(Hypervisor host, List<ReplacedDisk> disks) {
        engines.putBack(host, ofEngines(disks, ReplacedDisk::engine));
        hooks.putBack(host, ofHooks(disks, ReplacedDisk::engine));
    }

    @Override
    public void exchange(Hypervisor host, List<ReplacedDisk> disks, SnapshotMark mark, String moment) {
        List<ReplacedDisk> own = ofEngines(disks, ReplacedDisk::engine);
        if (!own.isEmpty()) {
            engines.exchange(host, own, mark, moment);
        }
        hooks.exchange(host, ofHooks(disks, ReplacedDisk::engine), mark, moment);
    }

    @Override
    public List<CopiedDisk> plannedCopies(List<PairedDisk> disks, String copyName) {
        return both(
                engines.plannedCopies(ofEngines(disks, PairedDisk::engine), copyName),
                hooks.plannedCopies(ofHooks(disks, PairedDisk::engine), copyName));
    }

    @Override
    public void copy(Hypervisor host, List<CopiedDisk> copies) {
        List<CopiedDisk> own = ofEngines(copies, CopiedDisk::engine);
        if (!own.isEmpty()) {
            engines.copy(host, own);
        }
        hooks.copy(host, ofHooks(copies, CopiedDisk::engine));
    }

    @Override
    public void removeCopies(Hypervisor host, List<CopiedDisk> copies) {
        engines.removeCopies(host, ofEngines(copies, CopiedDisk::engine));
        hooks.removeCopies(host, ofHooks(copies, CopiedDisk::engine));
    }

    @Override
    public List<FoundSnapshot> list(Hypervisor host) {
        return both(engines.list(host), hooks.list(host));
    }

    @Override
    public void remove(Hypervisor host, List<FoundSnapshot> snapshots) {
        List<FoundSnapshot> own = ofEngines(snapshots, FoundSnapshot::engine);
        if (!own.isEmpty()) {
            engines.remove(host, own);
        }
        hooks.remove(host, ofHooks(snapshots, FoundSnapshot::engine));
    }
}
