package org.vfrt.core.checkpoint;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.vfrt.core.disk.DiskSnapshots;
import org.vfrt.core.disk.Engine;
import org.vfrt.core.disk.PairedDisk;
import org.vfrt.core.failure.NotFound;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.pool.Definition;
import org.vfrt.core.pool.Disk;
import org.vfrt.core.pool.Guest;
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

    private boolean isUsedHere(List<PairedDisk> there) {
        long thin =
                there.stream().filter(disk -> disk.engine() == Engine.LVM_THIN).count();
        return snapshots.heldBy(target, there).stream()
                        .filter(reason -> !reason.code().equals(DiskSnapshots.NOT_ASKED))
                        .count()
                == thin;
    }

    /** Returns why snapshots must not be used on the target although it sees them: another host has their thin pool in use, or may have. */
    List<Reason> snapshotsFree(List<PairedDisk> there) {
        List<Reason> reasons = new ArrayList<>();
        boolean thin = there.stream().anyMatch(disk -> disk.engine() == Engine.LVM_THIN);
        if (!thin) {
            return reasons;
        }
        others().forEach(host -> reasons.addAll(snapshots.heldBy(host, there)));
        if (isUsedHere(there)) {
            // Then it is this host's; another one that has it as well would have destroyed it already, and is named.
            reasons.removeIf(reason -> reason.code().equals(DiskSnapshots.NOT_ASKED));
        } else {
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

    /** Returns a reason for each disk whose place on the target is another guest's: a name of one host may stand for something else on another, and what is there would be set aside. */
    List<Reason> ofOthers(UUID guest, List<PairedDisk> replaced) {
        if (replaced.isEmpty()) {
            return List.of();
        }
        List<Reason> reasons = new ArrayList<>();
        for (Guest other : target.guests()) {
            if (other.uuid().equals(guest)) {
                continue;
            }
            Set<String> paths = writable(other);
            replaced.stream()
                    .filter(disk -> paths.contains(disk.path()))
                    .forEach(
                            disk -> reasons.add(
                                    new Reason(
                                            "disk-of-another",
                                            "'" + disk.path() + "' on host '"
                                                    + target.host().name() + "' is a disk of guest '"
                                                    + other.name() + "', and the state of disk '" + disk.target()
                                                    + "' would be put in its place",
                                            "Bring the guest back where its own disks are, or give one of the two another name for its disk.")));
        }
        return reasons;
    }

    /** One that ends meanwhile has no disks here. */
    private Set<String> writable(Guest other) {
        try {
            return Definition.parse(target.definition(other.uuid())).writableDiskPaths();
        } catch (NotFound e) {
            return Set.of();
        }
    }

    private List<Hypervisor> others() {
        return hosts.answering().stream()
                .filter(host -> host != target && !host.identity().equals(target.identity()))
                .toList();
    }
}
