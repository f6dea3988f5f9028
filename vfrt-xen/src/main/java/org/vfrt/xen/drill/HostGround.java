package org.vfrt.xen.drill;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.vfrt.core.drill.DrillGround;
import org.vfrt.core.drill.DrillOrder;
import org.vfrt.core.drill.PrivateNetwork;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.sign.Sign;
import org.vfrt.xen.host.HostScript;
import org.vfrt.xen.host.HostShell;
import org.vfrt.xen.host.LocalProgram;
import org.vfrt.xen.host.RootShell;

/** Drives {@code drill.sh} through the hosts' shells. Safe for use by several threads. */
public final class HostGround implements DrillGround {

    private static final HostScript SCRIPT = HostScript.beside(HostGround.class, "drill.sh");
    private static final Duration LIMIT = Duration.ofSeconds(60);

    /** What a line of the script begins with that is the sign. */
    private static final Pattern SEEN = Pattern.compile("^seen (.*)$", Pattern.MULTILINE);

    private final Function<Hypervisor, Optional<HostShell>> shells;

    /** @param shells the way to a host's shell */
    public HostGround(Function<Hypervisor, Optional<HostShell>> shells) {
        this.shells = shells;
    }

    @Override
    public List<Reason> obstacles(Hypervisor host, DrillOrder order) {
        Optional<HostShell> shell = shells.apply(host);
        List<Reason> reasons = new ArrayList<>(RootShell.obstacles(host.host(), shell));
        if (order.sign() instanceof Sign.Script script) {
            LocalProgram.untrusted(Path.of(script.path())).ifPresent(reasons::add);
        }
        if (reasons.isEmpty()) {
            String kind = order.sign().text().split("=", 2)[0];
            for (String line :
                    run(host, "check", order.network().text(), kind).lines().toList()) {
                String[] row = line.split("\t", -1);
                reasons.add(new Reason(
                        row.length > 1 ? row[1] : "drill-unclear",
                        "host '" + host.host().name() + "': " + row[row.length - 1],
                        "Install it there."));
            }
        }
        return reasons;
    }

    @Override
    public void makeNetwork(Hypervisor host, PrivateNetwork network, Optional<String> meets) {
        change(host, "made", "network", network, meets.stream().toList(), 1);
    }

    @Override
    public void removeNetwork(Hypervisor host, PrivateNetwork network) {
        change(host, "removed", "unnetwork", network, List.of(), 0);
    }

    private void change(
            Hypervisor host, String done, String verb, PrivateNetwork network, List<String> more, int moreCount) {
        List<String> arguments = new ArrayList<>(List.of(verb, network.name(), Integer.toString(network.interfaces())));
        arguments.addAll(more);
        for (int i = more.size(); i < moreCount; i++) {
            arguments.add("");
        }
        String answer = run(host, arguments.toArray(String[]::new)).strip();
        if (!answer.equals("done")) {
            throw new Failed(
                    "drill-network",
                    "the private network '" + network.name() + "' on host '"
                            + host.host().name() + "' was not " + done + ": "
                            + answer.substring(answer.indexOf('\t') + 1),
                    "Look there with 'ip -d link' and 'ip netns'.");
        }
    }

    @Override
    public List<String> left(Hypervisor host, List<String> paths, Optional<PrivateNetwork> network) {
        List<String> arguments = new ArrayList<>(List.of(
                "left",
                network.map(PrivateNetwork::name).orElse(""),
                Integer.toString(network.map(PrivateNetwork::interfaces).orElse(0))));
        arguments.addAll(paths);
        List<String> lines = run(host, arguments.toArray(String[]::new)).lines().toList();
        if (lines.isEmpty() || !lines.get(lines.size() - 1).equals("end")) {
            throw confused(host, "left", String.join("; ", lines));
        }
        return lines.subList(0, lines.size() - 1);
    }

    @Override
    public Watch watch(Hypervisor host, Guest copy, Sign sign, Trial trial) {
        String domain = Integer.toString(copy.id());
        // A little longer than it is waited for: who waits says what was not seen.
        String seconds = Long.toString(trial.within().toSeconds() + 5);
        if (sign instanceof Sign.Console console) {
            return new HostWatch(start(host, "console", domain, seconds), console.pattern());
        }
        if (sign instanceof Sign.Xenstore xenstore) {
            return new HostWatch(start(host, "xenstore", domain, xenstore.key(), seconds), SEEN);
        }
        if (sign instanceof Sign.Tcp tcp) {
            String namespace = trial.network().orElseThrow().name();
            return new HostWatch(
                    start(host, "tcp", namespace, tcp.address(), Integer.toString(tcp.port()), seconds), SEEN);
        }
        if (sign instanceof Sign.Script script) {
            return new ScriptWatch(script.path(), told(host, copy, trial), trial.within());
        }
        throw new IllegalArgumentException("nobody here looks for '" + sign.text() + "'");
    }

    private Map<String, String> told(Hypervisor host, Guest copy, Trial trial) {
        Map<String, String> told = new LinkedHashMap<>();
        told.put("VFRT_DRILL_GUEST", trial.guestName());
        told.put("VFRT_DRILL_CHECKPOINT", trial.checkpoint());
        told.put("VFRT_DRILL_COPY", copy.name());
        told.put("VFRT_DRILL_COPY_UUID", copy.uuid().toString());
        told.put("VFRT_DRILL_DOMAIN", Integer.toString(copy.id()));
        told.put("VFRT_DRILL_HOST", host.host().name());
        told.put("VFRT_DRILL_HOST_URI", host.host().uri().text());
        told.put("VFRT_DRILL_HOST_SELF", host.facts().hostName());
        told.put(
                "VFRT_DRILL_CONSOLE",
                run(host, "terminal", Integer.toString(copy.id())).strip());
        told.put(
                "VFRT_DRILL_NAMESPACE",
                trial.network().map(PrivateNetwork::name).orElse(""));
        told.put("VFRT_DRILL_WITHIN", Long.toString(trial.within().toSeconds()));
        return told;
    }

    private Process start(Hypervisor host, String... arguments) {
        return SCRIPT.start(shell(host), List.of(arguments));
    }

    private String run(Hypervisor host, String... arguments) {
        HostShell.Result result = SCRIPT.run(shell(host), List.of(arguments), LIMIT);
        if (!result.ok()) {
            throw confused(host, arguments[0], result.complaint());
        }
        return result.output();
    }

    private static Failed confused(Hypervisor host, String verb, String answer) {
        return new Failed(
                "drill-unclear",
                "host '" + host.host().name() + "' was asked for '" + verb + "' of a drill, and answers '" + answer
                        + "'",
                "Run with '-v'.");
    }

    private HostShell shell(Hypervisor host) {
        return shells.apply(host)
                .orElseThrow(() -> new Failed(
                        "no-shell",
                        "vfrt reaches no shell on host '" + host.host().name() + "'",
                        "Use a URI with '+ssh', for example 'xen+ssh://root@"
                                + host.host().name() + "/system'."));
    }
}
