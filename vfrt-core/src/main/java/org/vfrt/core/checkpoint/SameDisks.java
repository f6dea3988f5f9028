package org.vfrt.core.checkpoint;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vfrt.core.disk.DiskSnapshots;
import org.vfrt.core.disk.Engine;
import org.vfrt.core.disk.PairedDisk;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.pool.Definition;
import org.vfrt.core.pool.Disk;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.pool.OpenPool;

/** Whether the host that a guest comes back on sees the guest's own disks, and may use them. Asks hosts, and changes nothing. */
final class SameDisks {

    private final DiskSnapshots snapshots;
    private final OpenPool hosts;
    private final Hypervisor target;

    SameDisks(DiskSnapshots snapshots, OpenPool hosts, Hypervisor target) {
        this.snapshots = snapshots;
        this.hosts = hosts;
        this.target = target;
    }

    /**
     * Returns a reason for each writable disk that is to be used as it is and that is not known to be the one of the checkpoint. On the host that the
     * checkpoint was taken on it is. That a path exists elsewhere proves nothing.
     */
    List<Reason> asTheyAre(Manifest manifest, Definition definition) {
        if (manifest.takenOn(target)) {
            return List.of();
        }
        List<Disk> disks = definition.disks().stream()
                .filter(disk -> disk.writable() && !disk.path().isEmpty())
                .toList();
        if (disks.isEmpty()) {
            return List.of();
        }
        List<String> paths = disks.stream().map(Disk::path).toList();
        List<Optional<String>> there = snapshots.identities(target, paths);
        Map<String, String> noted = manifest.diskIdentities();
        List<Reason> reasons = new ArrayList<>();
        for (int i = 0; i < disks.size(); i++) {
            Optional<String> then = Optional.ofNullable(noted.get(disks.get(i).target()));
            if (then.isEmpty() || !then.equals(there.get(i))) {
                reasons.add(new Reason(
                        "disk-not-shared",
                        "that '" + paths.get(i) + "' on host '" + target.host().name() + "' is disk '"
                                + disks.get(i).target() + "' of the checkpoint cannot be told: it is '"
                                + there.get(i).orElse("-") + "', and was '" + then.orElse("-") + "' on host '"
                                + manifest.hostName() + "'",
                        "Bring the guest back where its disks are, with '--to'. If you know that they are the same, say '--shared-disks "
                                + manifest.guestName() + "'; if they are not, somebody's file systems are destroyed."));
            } else if (there.get(i).get().startsWith(DiskSnapshots.THIN)) {
                reasons.addAll(usedElsewhere(paths.get(i), there.get(i)));
            }
        }
        return reasons;
    }

    private List<Reason> usedElsewhere(String path, Optional<String> identity) {
        return others().stream()
                .filter(host -> snapshots.identities(host, List.of(path)).get(0).equals(identity))
                .map(host -> new Reason(
                        "thin-pool-elsewhere",
                        "'" + path + "' is a thin volume that host '"
                                + host.host().name()
                                + "' has in use, too, and two hosts that write to a thin pool destroy it",
                        "Deactivate its group there with 'vgchange -an' first."))
                .toList();
    }

    /** Returns why snapshots must not be used on the target although it sees them: another host has their thin pool in use, or may have. */
    List<Reason> snapshotsFree(Manifest manifest, List<PairedDisk> there) {
        List<Reason> reasons = new ArrayList<>();
        boolean thin = there.stream().anyMatch(disk -> disk.engine() == Engine.LVM_THIN);
        if (!thin) {
            return reasons;
        }
        others().forEach(host -> reasons.addAll(snapshots.heldBy(host, there)));
        if (!manifest.takenOn(target)) {
            // A volume that two hosts see is on storage that they share.
            hosts.silent()
                    .forEach((host, why) -> reasons.add(new Reason(
                            "host-silent",
                            "host '" + host.name()
                                    + "' does not answer, and may have the thin pool of the disks in use: "
                                    + why.getMessage(),
                            "Bring the host back, or make sure that it is off and take it out of the configuration.")));
        }
        return reasons.stream().distinct().toList();
    }

    private List<Hypervisor> others() {
        return hosts.answering().stream()
                .filter(host -> host != target && !host.identity().equals(target.identity()))
                .toList();
    }
}
