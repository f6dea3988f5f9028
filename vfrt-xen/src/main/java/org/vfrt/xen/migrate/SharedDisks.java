package org.vfrt.xen.migrate;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.vfrt.core.disk.DiskSnapshots;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.pool.Definition;
import org.vfrt.xen.disk.HostDisks;
import org.vfrt.xen.libvirt.LibvirtHypervisor;

/**
 * Proves that a guest finds its own disks on another host. That a path exists there proves nothing: a guest that goes on over another disk of the same path
 * destroys both.
 */
final class SharedDisks {

    private static final DiskSnapshots DISKS = new HostDisks(host -> ((LibvirtHypervisor) host).shell());

    private SharedDisks() {}

    /** Returns a reason for each writable disk of which it is not known that both hosts see the same, or that both may use. */
    static List<Reason> obstacles(LibvirtHypervisor source, LibvirtHypervisor target, Definition definition) {
        List<String> paths = List.copyOf(definition.writableDiskPaths());
        if (paths.isEmpty()) {
            return List.of();
        }
        List<Optional<String>> here = DISKS.identities(source, paths);
        List<Optional<String>> there = DISKS.identities(target, paths);
        List<Reason> reasons = new ArrayList<>();
        for (int i = 0; i < paths.size(); i++) {
            if (here.get(i).isEmpty() || !here.get(i).equals(there.get(i))) {
                reasons.add(new Reason(
                        "disk-not-shared",
                        "that '" + paths.get(i) + "' is the same disk on both hosts cannot be told: it is '"
                                + here.get(i).orElse("-") + "' on '"
                                + source.host().name() + "' and '"
                                + there.get(i).orElse("-") + "' on '"
                                + target.host().name() + "'",
                        "If you know that it is, say '--shared-disks " + definition.name()
                                + "'; if it is not, the guest's file systems are destroyed."));
            } else if (here.get(i).get().startsWith(DiskSnapshots.THIN)) {
                reasons.add(
                        new Reason(
                                "thin-pool-twice",
                                "'" + paths.get(i) + "' is a thin volume that both hosts '"
                                        + source.host().name() + "' and '"
                                        + target.host().name()
                                        + "' have in use, and two hosts that write to a thin pool destroy it",
                                "Deactivate the group on one of them with 'vgchange -an' now, and look at the pool with 'thin_check'."));
            }
        }
        return reasons;
    }
}
