package org.vfrt.xen.host;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What is there on a host that libvirt's Xen driver does not tell of: its bridges, and the paths of disks. */
public final class HostFiles {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    /** So many paths make a command line of a size that every host takes. */
    private static final int PATHS_MAX = 200;

    private HostFiles() {}

    /**
     * Returns the names of the bridges.
     *
     * @throws org.vfrt.core.failure.Temporary when the way to the host breaks
     */
    public static Set<String> bridges(HostShell shell) {
        // Each interface is a link to a device; a bridge has a directory 'bridge'. Others that cannot be looked into
        // make it end with 1.
        HostShell.Result found = shell.run(
                List.of("find", "-L", "/sys/class/net", "-mindepth", "2", "-maxdepth", "2", "-name", "bridge"), LIMIT);
        return found.output()
                .lines()
                .map(line -> line.split("/", -1))
                .filter(parts -> parts.length > 2)
                .map(parts -> parts[parts.length - 2])
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /**
     * Returns those of the paths that exist. What is no absolute path does not.
     *
     * @throws org.vfrt.core.failure.Temporary when the way to the host breaks
     */
    public static Set<String> existing(HostShell shell, Set<String> paths) {
        List<String> absolute =
                paths.stream().filter(path -> path.startsWith("/")).toList();
        Set<String> found = new TreeSet<>();
        // A link that leads nowhere is itself what "find -L" finds.
        for (int i = 0; i < absolute.size(); i += PATHS_MAX) {
            List<String> some = absolute.subList(i, Math.min(absolute.size(), i + PATHS_MAX));
            List<String> command = Stream.of(
                            List.of("find", "-L"), some, List.of("-maxdepth", "0", "!", "-type", "l", "-print0"))
                    .flatMap(List::stream)
                    .collect(Collectors.toCollection(ArrayList::new));
            for (String path : shell.run(command, LIMIT).output().split("\0", -1)) {
                if (!path.isEmpty()) {
                    found.add(path);
                }
            }
        }
        return found;
    }
}
