package org.vfrt.xen.migrate;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.pool.Host;
import org.vfrt.xen.host.HostScript;
import org.vfrt.xen.host.HostShell;
import org.vfrt.xen.host.RootShell;

/** Asks one host what is in the way of migrations from there and to there ({@code needs.sh}), whichever guest. */
final class MigrationProbe {

    private static final HostScript SCRIPT = HostScript.beside(MigrationProbe.class, "needs.sh");
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private MigrationProbe() {}

    static List<Reason> obstacles(Host host, Optional<HostShell> shell) {
        try {
            List<Reason> reasons = RootShell.obstacles(host, shell);
            return reasons.isEmpty() ? missing(host.name(), shell.orElseThrow()) : reasons;
        } catch (Failure failure) {
            return List.of(new Reason(failure.code(), failure.getMessage(), failure.hint()));
        }
    }

    private static List<Reason> missing(String host, HostShell shell) {
        HostShell.Result result = SCRIPT.run(shell, List.of(), LIMIT);
        if (!result.ok()) {
            return List.of(new Reason(
                    "migration-needs",
                    "host '" + host + "' could not be asked for what migrations need: " + result.complaint(),
                    "vfrt runs 'bash' there."));
        }
        return reasons(host, result.output().lines().toList());
    }

    /** @param lines as the script prints them */
    static List<Reason> reasons(String host, List<String> lines) {
        List<Reason> reasons = new ArrayList<>();
        for (String line : lines) {
            String complaint = line.substring(line.indexOf(' ') + 1).strip();
            String said = complaint.isEmpty() ? "" : ": " + complaint;
            reasons.add(
                    line.startsWith("xen")
                            ? new Reason(
                                    "no-xl",
                                    "'xl list' does not work on host '" + host
                                            + "', so nobody could find out what a broken migration leaves there" + said,
                                    "Install the host's 'xen-utils-common', and see what 'xl list' says as root.")
                            : new Reason(
                                    "no-libvirt-socket",
                                    "'virsh -c xen:///system version' does not work on host '" + host
                                            + "' itself, so a guest that has left could not be undefined there, nor one be woken up"
                                            + said,
                                    "Install the host's 'libvirt-clients', and let libvirtd listen at its socket:"
                                            + " 'systemctl status libvirtd.socket'."));
        }
        return reasons;
    }
}
