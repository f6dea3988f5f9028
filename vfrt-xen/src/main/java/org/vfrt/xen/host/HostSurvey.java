package org.vfrt.xen.host;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What is there on a host that libvirt's Xen driver does not tell of, asked for in one go: each command costs the host a process and a way there.
 *
 * @param bridges the names of its bridges
 * @param paths those of the paths that were asked for that exist there
 * @param cpuFeatures as {@link XenCpu}; empty when the shell's user may not ask Xen
 * @param machine what no other running system has; empty when the kernel does not tell
 */
public record HostSurvey(
        Set<String> bridges, Set<String> paths, Optional<Set<String>> cpuFeatures, Optional<String> machine) {

    private static final HostScript SCRIPT = HostScript.beside(HostSurvey.class, "survey.sh");
    private static final Duration LIMIT = Duration.ofSeconds(60);

    /** So many paths make a command line of a size that every host takes. */
    private static final int PATHS_MAX = 200;

    public HostSurvey {
        bridges = Set.copyOf(bridges);
        paths = Set.copyOf(paths);
    }

    /**
     * Asks the host.
     *
     * @param paths of which to say whether they exist; what is no absolute path does not
     * @throws org.vfrt.core.failure.Temporary when the way to the host breaks
     */
    public static HostSurvey ask(HostShell shell, Set<String> paths) {
        List<String> absolute =
                paths.stream().filter(path -> path.startsWith("/")).toList();
        Set<String> bridges = new TreeSet<>();
        Set<String> existing = new TreeSet<>();
        StringBuilder xen = new StringBuilder();
        Optional<String> machine = Optional.empty();
        int asked = 0;
        do {
            List<String> some = new ArrayList<>(absolute.subList(asked, Math.min(absolute.size(), asked + PATHS_MAX)));
            for (String record : SCRIPT.run(shell, some, LIMIT).output().split("\0", -1)) {
                String value = record.substring(record.indexOf(' ') + 1);
                if (record.startsWith("bridge ")) {
                    bridges.add(value);
                } else if (record.startsWith("path ")) {
                    existing.add(value);
                } else if (record.startsWith("machine ")) {
                    machine = Optional.of(value);
                } else if (record.startsWith("xen ")) {
                    xen.append(value);
                }
            }
            asked += PATHS_MAX;
        } while (asked < absolute.size());
        return new HostSurvey(bridges, existing, XenCpu.in(xen.toString()), machine);
    }
}
