package org.vfrt.xen.permit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.failure.Temporary;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.standby.Permits;
import org.vfrt.xen.host.HostScript;
import org.vfrt.xen.host.HostShell;

/** Keeps permits in files of the hosts, through their shells; libvirt's hook there reads them. Safe for use by several threads. */
public final class HostPermits implements Permits {

    static final HostScript SCRIPT = HostScript.beside(HostPermits.class, "permits.sh", "asked.sh");

    private static final Duration LIMIT = Duration.ofSeconds(150);

    /** A guest's memory may be on its way while its start goes on. Who waits longer asks again. */
    private static final Duration START = Duration.ofSeconds(60);

    private final Function<Hypervisor, Optional<HostShell>> shells;
    private final String root;

    /** @param shells the way to a host's shell */
    public HostPermits(Function<Hypervisor, Optional<HostShell>> shells) {
        this(shells, "");
    }

    /** @param root what stands before every path there */
    HostPermits(Function<Hypervisor, Optional<HostShell>> shells, String root) {
        this.shells = shells;
        this.root = root;
    }

    @Override
    public Standing standing(Hypervisor host) {
        List<Guarded> guarded = new ArrayList<>();
        Map<String, String> facts = new HashMap<>();
        for (String line : ask(host, "standing")) {
            String[] row = line.split("\t", -1);
            if (row[0].equals("guarded") && row.length == 5) {
                guarded.add(new Guarded(
                        UUID.fromString(row[1]),
                        row[4],
                        Long.parseLong(row[2]),
                        row[3].equals("-") ? Optional.empty() : Optional.of(Long.valueOf(row[3]))));
            } else if (row.length == 2) {
                facts.put(row[0], row[1]);
            }
        }
        if (!facts.containsKey("boot") || !facts.containsKey("installed") || !facts.containsKey("rejoined")) {
            throw confused(host, "standing", facts.toString());
        }
        return new Standing(
                facts.get("boot"),
                "yes".equals(facts.get("installed")),
                "yes".equals(facts.get("rejoined")),
                List.copyOf(guarded));
    }

    @Override
    public void guard(Hypervisor host, UUID guest, String name) {
        change(host, "guard", guest.toString(), name);
    }

    @Override
    public void unguard(Hypervisor host, UUID guest) {
        change(host, "unguard", guest.toString());
    }

    @Override
    public void unguard(Hypervisor host, UUID guest, long epoch) {
        change(host, "unguard", guest.toString(), Long.toString(epoch));
    }

    @Override
    public void give(Hypervisor host, String boot, UUID guest, long epoch) {
        change(host, "give", boot, guest.toString(), Long.toString(epoch));
    }

    @Override
    public void withdraw(Hypervisor host, UUID guest, long epoch) {
        change(host, "withdraw", guest.toString(), Long.toString(epoch), Long.toString(START.toSeconds()));
    }

    @Override
    public void rejoin(Hypervisor host, String boot) {
        change(host, "rejoin", boot);
    }

    private void change(Hypervisor host, String verb, String... arguments) {
        String answer = String.join("\n", ask(host, verb, arguments));
        if (!answer.equals("done")) {
            throw confused(host, verb, answer);
        }
    }

    private List<String> ask(Hypervisor host, String verb, String... arguments) {
        List<String> words = new ArrayList<>(List.of(root, verb));
        words.addAll(List.of(arguments));
        HostShell shell =
                shells.apply(host).orElseThrow(() -> noShell(host.host().name()));
        HostShell.Result result = SCRIPT.run(shell, words, LIMIT);
        if (!result.ok()) {
            throw confused(host, verb, result.complaint());
        }
        List<String> lines = result.output().lines().toList();
        if (!lines.isEmpty() && lines.get(0).startsWith("no\t")) {
            throw refusal(host, lines.get(0).split("\t", 3));
        }
        return lines;
    }

    private static RuntimeException refusal(Hypervisor host, String[] row) {
        String name = host.host().name();
        String text = "host '" + name + "': " + row[row.length - 1];
        return switch (row[1]) {
            case "start-going-on" ->
                new Temporary(row[1], text, "See there with 'xl list' what it waits for, then try again.");
            case "not-rejoined" -> new Refused(row[1], text, "Type 'vfrt standby rejoin " + name + "'.");
            case "not-guarded" -> new Refused(row[1], text, "Protect the guest, with 'vfrt standby protect'.");
            default -> new Refused(row[1], text, "Somebody has gone on meanwhile; see 'vfrt standby status'.");
        };
    }

    static Failed noShell(String host) {
        return new Failed(
                "no-shell",
                "vfrt reaches no shell on host '" + host + "'",
                "Use a URI with '+ssh', for example 'xen+ssh://root@" + host + "/system'.");
    }

    private static Failed confused(Hypervisor host, String verb, String answer) {
        return new Failed(
                "permits-unclear",
                "host '" + host.host().name() + "' was asked for '" + verb + "' of permits, and answers '" + answer
                        + "'",
                "See whether the shell's user is root there, and whether /var and /run can be written to.");
    }
}
