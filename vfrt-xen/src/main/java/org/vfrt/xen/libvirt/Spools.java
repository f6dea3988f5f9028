package org.vfrt.xen.libvirt;

import java.util.Optional;
import java.util.function.Function;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.pool.Host;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.xen.host.HostShell;

/**
 * Where on each host the save files go, and how they are reached.
 *
 * @param shells opens a host's shell, {@link org.vfrt.xen.host.HostShells#of} as a rule
 * @param directory where on the host; empty for {@link #USUAL}, or a temporary directory for libvirt's test driver
 */
record Spools(Function<Host, Optional<HostShell>> shells, Optional<String> directory) {

    /** Where root's hosts keep a save file for a moment. */
    static final String USUAL = "/var/lib/libvirt/vfrt-save";

    private static final String NO_SHELL_HINT = "Give its URI with '+ssh', or run vfrt on the host itself.";

    /** Returns the directory for guests of Xen, or of libvirt's test driver. */
    String directory(boolean testDriver) {
        return directory.orElse(
                testDriver
                        ? System.getProperty("java.io.tmpdir") + "/vfrt-save-" + System.getProperty("user.name")
                        : USUAL);
    }

    /** Opens the way to a host's files; the caller closes it. */
    HostShell shell(Host host) {
        return shells.apply(host)
                .orElseThrow(() -> new Failed(
                        "no-shell", "there is no way to the files of host '" + host.name() + "'", NO_SHELL_HINT));
    }

    /** Returns why a file of this size cannot be put there; empty when it can. */
    Optional<Reason> obstacle(Host host, boolean testDriver, long neededBytes) {
        String where = directory(testDriver);
        try (HostShell shell = shells.apply(host).orElse(null)) {
            if (shell == null) {
                return Optional.of(new Reason(
                        "no-shell", "there is no way to the files of host '" + host.name() + "'", NO_SHELL_HINT));
            }
            long freeBytes = new Spool(shell, host, where).freeBytes();
            if (freeBytes < neededBytes) {
                return Optional.of(new Reason(
                        "spool-full",
                        "host '" + host.name() + "' has " + freeBytes + " bytes free at '" + where + "', and "
                                + neededBytes + " are needed",
                        "Free some space there."));
            }
            return Optional.empty();
        } catch (Failure e) {
            return Optional.of(new Reason(e.code(), e.getMessage(), e.hint()));
        }
    }

    /** Returns the host as one that can save and restore. Every connection of this package is one. */
    static SavingHypervisor saving(Hypervisor host) {
        if (host instanceof SavingHypervisor saving) {
            return saving;
        }
        throw new IllegalStateException("host '" + host.host().name() + "' cannot save to a file");
    }
}
