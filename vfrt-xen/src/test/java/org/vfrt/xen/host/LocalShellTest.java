package org.vfrt.xen.host;

/** The contract on this machine. */
final class LocalShellTest extends HostShellContract {

    @Override
    HostShell shell() {
        return new LocalShell("here");
    }
}
