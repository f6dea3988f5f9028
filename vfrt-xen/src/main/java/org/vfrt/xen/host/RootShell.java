package org.vfrt.xen.host;

import java.util.List;
import java.util.Optional;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.pool.Host;

/** Finds out whether vfrt can act on a host as it must when something breaks there: through a shell, as root. */
public final class RootShell {

    private RootShell() {}

    /**
     * Returns what is in the way; empty when nothing is.
     *
     * @throws org.vfrt.core.failure.Temporary when the way to the host breaks
     */
    public static List<Reason> obstacles(Host host, Optional<HostShell> shell) {
        if (shell.isEmpty()) {
            return List.of(new Reason(
                    "no-shell",
                    "vfrt reaches no shell on host '" + host.name()
                            + "', so it could not make sure that the guest goes on",
                    "Use a URI with '+ssh', for example 'xen+ssh://root@" + host.name()
                            + "/system'; or 'xen:///system' on the host itself."));
        }
        if (shell.get().root()) {
            return List.of();
        }
        return List.of(new Reason(
                "not-root",
                "vfrt is not root on host '" + host.name() + "', so it could not make sure that the guest goes on",
                "Use a URI with 'root@', or run vfrt as root on the host itself."));
    }
}
