package org.vfrt.xen.migrate;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.pool.Definition;
import org.vfrt.xen.host.HostScript;
import org.vfrt.xen.host.HostShell;
import org.vfrt.xen.libvirt.LibvirtHypervisor;

/**
 * Proves that a guest finds its own disks on another host ({@code identity.sh}). That a path exists there proves nothing: a guest that goes on over
 * another disk of the same path destroys both.
 */
final class SharedDisks {

    private static final HostScript SCRIPT = HostScript.beside(SharedDisks.class, "identity.sh");
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String UNKNOWN = "-";

    private SharedDisks() {}

    /** Returns a reason for each writable disk of which it is not known that both hosts see the same. */
    static List<Reason> obstacles(LibvirtHypervisor source, LibvirtHypervisor target, Definition definition) {
        Set<String> paths = definition.writableDiskPaths();
        if (paths.isEmpty()) {
            return List.of();
        }
        List<String> here = identities(source, paths);
        List<String> there = identities(target, paths);
        List<Reason> reasons = new ArrayList<>();
        int i = 0;
        for (String path : paths) {
            if (here.get(i).equals(UNKNOWN) || !here.get(i).equals(there.get(i))) {
                reasons.add(new Reason(
                        "disk-not-shared",
                        "that '" + path + "' is the same disk on both hosts cannot be told: it is '" + here.get(i)
                                + "' on '" + source.host().name() + "' and '" + there.get(i) + "' on '"
                                + target.host().name() + "'",
                        "If you know that it is, say '--shared-disks " + definition.name()
                                + "'; if it is not, the guest's file systems are destroyed."));
            }
            i++;
        }
        return reasons;
    }

    private static List<String> identities(LibvirtHypervisor host, Set<String> paths) {
        HostShell shell = host.shell().orElseThrow();
        List<String> found =
                SCRIPT.run(shell, List.copyOf(paths), LIMIT).output().lines().toList();
        return found.size() == paths.size()
                ? found
                : paths.stream().map(path -> UNKNOWN).toList();
    }
}
