package org.vfrt.xen.permit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.standby.HostSetup;
import org.vfrt.xen.host.HostScript;
import org.vfrt.xen.host.HostShell;

/** Has a host ask for permits: installs libvirt's hook there, and what keeps saved guests from coming back without one; or takes it away. */
public final class SetUpHost implements HostSetup {

    private static final HostScript SCRIPT = HostScript.beside(HostPermits.class, "permits.sh", "setup.sh");

    /** libvirt may have to start anew, and looks at all guests then. */
    private static final Duration LIMIT = Duration.ofMinutes(2);

    private final Function<Hypervisor, Optional<HostShell>> shells;
    private final String root;

    /** @param shells the way to a host's shell */
    public SetUpHost(Function<Hypervisor, Optional<HostShell>> shells) {
        this(shells, "");
    }

    /** @param root what stands before every path there */
    SetUpHost(Function<Hypervisor, Optional<HostShell>> shells, String root) {
        this.shells = shells;
        this.root = root;
    }

    @Override
    public List<Part> run(Hypervisor host, Task task) {
        String name = host.host().name();
        HostShell shell = shells.apply(host).orElseThrow(() -> HostPermits.noShell(name));
        String verb = switch (task) {
            case LOOK -> "plan";
            case INSTALL -> "install";
            case REMOVE -> "remove";
        };
        // The shell of the other side drops what ends a text.
        String hook = HostPermits.SCRIPT.text().stripTrailing();
        HostShell.Result result = SCRIPT.run(shell, List.of(root, verb, hook), LIMIT);
        List<String> lines = result.output().lines().toList();
        if (!lines.isEmpty() && lines.get(0).startsWith("no\t")) {
            String[] row = lines.get(0).split("\t", 3);
            throw new Refused(
                    row[1],
                    "host '" + name + "': " + row[row.length - 1],
                    row[1].equals("still-guarded")
                            ? "End their protection first, with 'vfrt standby unprotect'."
                            : "See there which of the two is the site's hook, and remove the other.");
        }
        if (!result.ok() || lines.isEmpty() || !lines.get(lines.size() - 1).equals("end")) {
            throw new Failed(
                    "setup-failed",
                    "host '" + name + "' was not set up: " + result.complaint(),
                    "See whether the shell's user is root there, and whether /etc can be written to; then type it again.");
        }
        List<Part> parts = new ArrayList<>();
        for (String line : lines.subList(0, lines.size() - 1)) {
            String[] row = line.split("\t", 3);
            parts.add(new Part(row[0], row[1], row[2]));
        }
        return parts;
    }

    /**
     * Returns what keeps a host from asking for permits as it should.
     *
     * @param wanted whether it is to ask at all; else what is there of it has to be right
     */
    public List<Reason> obstacles(Hypervisor host, boolean wanted) {
        List<Reason> reasons = new ArrayList<>();
        String name = host.host().name();
        String hint = "Type 'vfrt host setup " + name + "'.";
        List<Part> parts = run(host, Task.LOOK);
        if (!wanted
                && parts.stream()
                        .allMatch(part ->
                                part.kind().equals("daemon") || part.state().equals("missing"))) {
            return reasons;
        }
        for (Part part : parts) {
            if (part.state().equals("deaf")) {
                reasons.add(new Reason(
                        "guard-deaf",
                        "'" + part.what() + "' on host '" + name
                                + "' has run since before there was a hook, and does not ask it",
                        hint));
            } else if (!part.right()) {
                reasons.add(new Reason(
                        "guard-" + part.state(),
                        "'" + part.what() + "' on host '" + name + "' is " + part.state()
                                + ", so a guest could start where it may not",
                        hint));
            }
        }
        return reasons;
    }
}
