package org.vfrt.xen.announce;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.standby.Announcements;
import org.vfrt.xen.host.HostScript;
import org.vfrt.xen.host.HostShell;

/** Has the hosts send the frames, through their shells. Safe for use by several threads. */
public final class HostAnnouncements implements Announcements {

    private static final HostScript SCRIPT = HostScript.beside(HostAnnouncements.class, "announce.sh");
    private static final Duration LIMIT = Duration.ofSeconds(30);

    /** A frame may be lost, and nobody says so. */
    private static final String TIMES = "3";

    private final Function<String, Optional<HostShell>> shells;

    /** @param shells opens a host's shell, by its name in the configuration */
    public HostAnnouncements(Function<String, Optional<HostShell>> shells) {
        this.shells = shells;
    }

    @Override
    public void announce(UUID guest, String name, String host) {
        HostShell.Result result = run(host, List.of(guest.toString(), TIMES));
        List<String> lines = result.output().lines().toList();
        if (!result.ok() || lines.isEmpty() || lines.get(0).startsWith("no\t")) {
            String why = lines.isEmpty() || !result.ok()
                    ? result.complaint()
                    : lines.get(0).substring(lines.get(0).lastIndexOf('\t') + 1);
            throw new Failed(
                    "not-announced",
                    "the network was not told that guest '" + name + "' is on host '" + host + "' now: " + why,
                    "Its neighbours learn it from what the guest sends; let it send something, a ping for instance.");
        }
    }

    private HostShell.Result run(String host, List<String> arguments) {
        try (HostShell shell = shells.apply(host)
                .orElseThrow(() -> new Failed(
                        "no-shell",
                        "vfrt reaches no shell on host '" + host + "'",
                        "Use a URI with '+ssh', for example 'xen+ssh://root@" + host + "/system'."))) {
            return SCRIPT.run(shell, arguments, LIMIT);
        }
    }
}
