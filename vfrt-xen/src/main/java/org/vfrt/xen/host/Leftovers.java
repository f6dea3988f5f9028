package org.vfrt.xen.host;

import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Refused;

/**
 * What a restore or migration that broke leaves in the target's libvirt and Xen ({@code leftovers.sh}). Xen itself is asked: libvirt does not know
 * of a domain while it receives the domain's image, nor of one that it let go of (rule 5).
 */
public final class Leftovers {

    private static final HostScript SCRIPT = HostScript.beside(Leftovers.class, "leftovers.sh");

    /** The script waits for several things one after the other, each for two minutes at most. */
    private static final Duration LIMIT = Duration.ofMinutes(10);

    private static final String NO_PORT = "0";

    private Leftovers() {}

    /**
     * Waits until the target has come to rest, and takes away what is nobody's. Idempotent.
     *
     * @param port where the target's libvirt listened for the image
     * @return whether libvirt has an active domain of that UUID afterwards
     * @throws Failed {@code orphaned-domain}, {@code still-receiving}: it is not at rest, and nothing was taken away
     */
    public static boolean clear(HostShell shell, String hostName, UUID uuid, int port) {
        String found = run(shell, uuid, Integer.toString(port));
        if (found.equals("receiving")) {
            throw new Failed(
                    "still-receiving",
                    "libvirt on host '" + hostName + "' still receives an image of guest '" + uuid + "'",
                    "See whether another vfrt restores it; else look again with 'vfrt host check'.");
        }
        if (found.startsWith("orphan")) {
            throw new Failed("orphaned-domain", orphaned(hostName, uuid, found), ORPHAN_HINT);
        }
        return found.equals("active");
    }

    /**
     * Makes sure that the target takes the guest.
     *
     * @throws Refused {@code orphaned-domain}: Xen has a domain of that UUID, and libvirt does not know of it (rule 1)
     */
    public static void refuseOrphan(HostShell shell, String hostName, UUID uuid) {
        String found = run(shell, uuid, NO_PORT);
        if (found.startsWith("orphan")) {
            throw new Refused("orphaned-domain", orphaned(hostName, uuid, found), ORPHAN_HINT);
        }
    }

    private static final String ORPHAN_HINT =
            "Look with 'xl list -v' on that host. If it is not wanted, 'xl destroy' ends it; else it is the guest.";

    private static String orphaned(String hostName, UUID uuid, String found) {
        String[] words = found.split(" ", -1);
        return "Xen on host '" + hostName + "' has guest '" + uuid + "' as domain " + words[1] + " in state '"
                + words[2] + "', and libvirt there does not know of it";
    }

    private static String run(HostShell shell, UUID uuid, String port) {
        HostShell.Result result = SCRIPT.run(shell, List.of(uuid.toString(), port), LIMIT);
        String found = result.output().strip();
        String last = found.substring(found.lastIndexOf('\n') + 1);
        if (!result.ok() || !last.matches("none|active|receiving|orphan \\S+ \\S+ \\S+")) {
            throw unclear(result);
        }
        return last;
    }

    private static Failure unclear(HostShell.Result result) {
        return new Failed(
                "target-unclear",
                "what a restore left on the target could not be found out: " + result.complaint(),
                "Look at 'xl list -v' and 'virsh list --all' on that host.");
    }
}
