package org.vfrt.xen.permit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.standby.StaleCopies;
import org.vfrt.xen.host.HostScript;
import org.vfrt.xen.host.HostShell;

/** Looks for them through the hosts' shells. A definition that Xen would start by itself is moved to {@code /var/lib/vfrt/auto}, for the day on which the guest is back. */
public final class HostStaleCopies implements StaleCopies {

    private static final HostScript SCRIPT = HostScript.beside(HostStaleCopies.class, "permits.sh", "stale.sh");

    /** Libvirt is asked for each guest. */
    private static final Duration LIMIT = Duration.ofMinutes(2);

    private final Function<String, Optional<HostShell>> shells;
    private final String root;

    /** @param shells opens a host's shell, by its name in the configuration */
    public HostStaleCopies(Function<String, Optional<HostShell>> shells) {
        this(shells, "");
    }

    /** @param root what stands before every path there */
    HostStaleCopies(Function<String, Optional<HostShell>> shells, String root) {
        this.shells = shells;
        this.root = root;
    }

    @Override
    public List<String> find(String host, List<UUID> guests) {
        return ask(host, "find", guests).stream()
                .map(line -> line.split("\t", 4))
                .map(row -> switch (row[1]) {
                    case "autostart" -> "autostart of guest '" + row[2] + "'";
                    case "auto" -> "'" + row[3] + "', which Xen starts";
                    default -> "'" + row[3] + "', which holds a guest's memory";
                })
                .toList();
    }

    @Override
    public void remove(String host, List<UUID> guests) {
        ask(host, "remove", guests);
    }

    private List<String> ask(String host, String verb, List<UUID> guests) {
        if (guests.isEmpty()) {
            return List.of();
        }
        List<String> words = new ArrayList<>(List.of(root, verb));
        guests.forEach(guest -> words.add(guest.toString()));
        HostShell.Result result = run(host, words);
        List<String> lines = result.output().lines().toList();
        if (!result.ok() || lines.isEmpty() || !lines.get(lines.size() - 1).equals("end")) {
            String why = lines.isEmpty()
                    ? result.complaint()
                    : lines.get(lines.size() - 1).replace("no\tstale-left\t", "");
            throw new Failed(
                    "stale-unclear",
                    "host '" + host + "' was asked to " + verb + " what guests left there: " + why,
                    "Look there with 'virsh list --all --autostart --with-managed-save' and in /var/lib/xen/save.");
        }
        return lines.subList(0, lines.size() - 1);
    }

    private HostShell.Result run(String host, List<String> words) {
        try (HostShell shell = shells.apply(host).orElseThrow(() -> HostPermits.noShell(host))) {
            return SCRIPT.run(shell, words, LIMIT);
        }
    }
}
