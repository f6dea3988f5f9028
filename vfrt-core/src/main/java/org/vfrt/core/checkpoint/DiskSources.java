package org.vfrt.core.checkpoint;

import java.util.ArrayList;
import java.util.List;
import org.vfrt.core.disk.DiskSnapshots;
import org.vfrt.core.disk.PairedDisk;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.pool.Hypervisor;

/**
 * Where a host gets the states of a checkpoint's disks from.
 *
 * @param there those of which it has the snapshot
 * @param brought those of which it gets one made of what the store holds
 * @param obstacles why there is a disk of which neither can be
 */
record DiskSources(List<PairedDisk> there, List<PairedDisk> brought, List<Reason> obstacles) {

    DiskSources {
        there = List.copyOf(there);
        brought = List.copyOf(brought);
        obstacles = List.copyOf(obstacles);
    }

    /** Asks the host. A snapshot comes first: it costs nothing. */
    static DiskSources of(DiskSnapshots snapshots, Hypervisor host, List<PairedDisk> disks, boolean replacing) {
        List<PairedDisk> there = new ArrayList<>();
        List<PairedDisk> brought = new ArrayList<>();
        List<Reason> obstacles = new ArrayList<>();
        for (PairedDisk disk : disks) {
            List<PairedDisk> one = List.of(disk);
            List<Reason> why = snapshots.obstacles(host, one, replacing);
            if (why.isEmpty()) {
                there.add(disk);
                continue;
            }
            if (disk.content().isPresent()) {
                brought.add(disk);
                why = snapshots.contents().obstacles(host, one, replacing);
            }
            obstacles.addAll(why);
        }
        return new DiskSources(there, brought, obstacles);
    }
}
