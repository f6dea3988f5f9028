package org.vfrt.core.pool;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.NotFound;
import org.vfrt.core.failure.Temporary;

/** The hosts of one configuration. Immutable, safe for several threads. */
public final class Pool {

    private final List<Host> hosts;
    private final Hypervisors hypervisors;

    public Pool(List<Host> hosts, Hypervisors hypervisors) {
        this.hosts = List.copyOf(hosts);
        this.hypervisors = hypervisors;
    }

    /** Returns the configured hosts, in the order of the configuration. */
    public List<Host> hosts() {
        return hosts;
    }

    /**
     * Returns one configured host.
     *
     * @throws NotFound when the configuration has no host of that name
     */
    public Host host(String name) {
        return hosts.stream()
                .filter(host -> host.name().equals(name))
                .findFirst()
                .orElseThrow(() -> noHost(name));
    }

    /**
     * Connects to every host at once. A host that does not answer is part of the result, not a failure.
     *
     * @throws BadInput when no host is configured
     */
    public OpenPool open() {
        if (hosts.isEmpty()) {
            throw new BadInput(
                    "no-hosts",
                    "no host is configured",
                    "Name one with '--connect URI', or list the pool's hosts in '/etc/vfrt/vfrt.yaml'.");
        }
        Map<Host, Hypervisor> open = new LinkedHashMap<>();
        Map<Host, Failure> silent = new LinkedHashMap<>();
        AtOnce.ask(hosts, hypervisors::connect).forEach((host, answer) -> {
            try {
                open.put(host, answer.get());
            } catch (ExecutionException e) {
                silent.put(host, asFailure(host, e));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                silent.put(host, interrupted(host));
            }
        });
        return new OpenPool(open, silent);
    }

    /**
     * Connects to one host.
     *
     * @throws NotFound when the configuration has no host of that name
     */
    public Hypervisor connect(String name) {
        return hypervisors.connect(host(name));
    }

    private NotFound noHost(String name) {
        String known = hosts.stream().map(Host::name).collect(Collectors.joining(", "));
        return new NotFound(
                "no-such-host",
                "there is no host '" + name + "' in the configuration",
                known.isEmpty() ? "No host is configured." : "The configured hosts are: " + known + ".");
    }

    static Failure asFailure(Host host, ExecutionException e) {
        if (e.getCause() instanceof Failure failure) {
            return failure;
        }
        if (e.getCause() instanceof Error error) {
            throw error;
        }
        throw new IllegalStateException("asking host '" + host.name() + "'", e.getCause());
    }

    static Failure interrupted(Host host) {
        return new Temporary("interrupted", "asking host '" + host.name() + "' was interrupted", "");
    }

    /** Makes a list of names readable. */
    static String quoted(List<String> names) {
        return new ArrayList<>(names).stream().map(name -> "'" + name + "'").collect(Collectors.joining(", "));
    }
}
