package org.vfrt.xen.disk;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vfrt.core.disk.DiskPlace;
import org.vfrt.core.disk.DiskSnapshots;
import org.vfrt.core.disk.Engine;
import org.vfrt.core.disk.PairedDisk;
import org.vfrt.core.disk.SnapshotMark;
import org.vfrt.core.disk.SurveyedDisk;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.pool.Hypervisor;

/** States that a hook takes when it is told to, and is told to remove unless they are kept. */
final class HookArmed implements DiskSnapshots.Armed {

    private static final Logger LOG = LoggerFactory.getLogger(HookArmed.class);

    private final DiskHook hook;
    private final Hypervisor host;
    private final List<SurveyedDisk> disks;
    private final List<HookState> states;
    private boolean thawed;
    private boolean kept;

    private HookArmed(DiskHook hook, Hypervisor host, List<SurveyedDisk> disks, List<HookState> states) {
        this.hook = hook;
        this.host = host;
        this.disks = List.copyOf(disks);
        this.states = List.copyOf(states);
    }

    static HookArmed of(DiskHook hook, Hypervisor host, SnapshotMark mark, List<SurveyedDisk> disks) {
        HookArmed armed = new HookArmed(
                hook,
                host,
                disks,
                disks.stream()
                        .map(disk -> HookState.taken(disk.place().orElseThrow().origin(), mark))
                        .toList());
        try {
            hook.run(host, "arm", armed.rows(), HookDisks.LOOK);
            return armed;
        } catch (RuntimeException e) {
            armed.close();
            throw e;
        }
    }

    private List<List<String>> rows() {
        return states.stream().map(HookDisks::row).toList();
    }

    @Override
    public Duration take() {
        long begun = System.nanoTime();
        hook.run(host, "snapshot", rows(), DiskSnapshots.TAKING_MAX);
        return Duration.ofNanos(System.nanoTime() - begun);
    }

    @Override
    public List<PairedDisk> keep() {
        thaw();
        List<List<String>> identities = hook.ask(host, "keep", rows(), HookDisks.CHANGE);
        List<PairedDisk> paired = new ArrayList<>();
        for (int i = 0; i < disks.size(); i++) {
            List<String> row = identities.get(i);
            if (row.size() != 2 || !row.get(0).equals("ok") || row.get(1).isEmpty()) {
                throw hook.failed("keep", host, "it answers '" + String.join(" ", row) + "'");
            }
            DiskPlace place = disks.get(i).place().orElseThrow();
            paired.add(new PairedDisk(
                    disks.get(i).disk().target(),
                    disks.get(i).disk().path(),
                    Engine.EXTERNAL,
                    place.identity(),
                    place.sizeBytes(),
                    states.get(i).reference(),
                    row.get(1)));
        }
        kept = true;
        return paired;
    }

    private void thaw() {
        if (!thawed) {
            thawed = true;
            hook.run(host, "thaw", rows(), HookDisks.LOOK);
        }
    }

    /** What cannot be removed now is listed, and goes with the next collection. */
    @Override
    public void close() {
        if (kept) {
            return;
        }
        attempt("thaw", this::thaw);
        attempt("remove", () -> hook.run(host, "remove", rows(), HookDisks.CHANGE));
    }

    private static void attempt(String verb, Runnable work) {
        try {
            work.run();
        } catch (Failure e) {
            LOG.warn("'{}' after a checkpoint that did not come to be: {}", verb, e.getMessage());
        }
    }
}
