package org.vfrt.xen.host;

import java.util.Optional;
import org.vfrt.core.pool.Host;

/** Finds the way to a host's shell in its libvirt URI. */
public final class HostShells {

    private HostShells() {}

    /**
     * Opens a shell where the URI shows a way: on this machine for a local URI such as {@code xen:///system}, through ssh for {@code +ssh}. The ssh connection is
     * made at the first use.
     *
     * @return empty for every other transport
     */
    public static Optional<HostShell> of(Host host) {
        if (host.uri().driver().equals("xen")
                && host.uri().transport().isPresent()
                && !host.uri().ssh()) {
            // A socket, or a program, that may lead to any machine.
            return Optional.empty();
        }
        if (host.uri().local()) {
            return Optional.of(new LocalShell(host.name()));
        }
        return host.uri().ssh() ? Optional.of(new SshShell(host)) : Optional.empty();
    }
}
