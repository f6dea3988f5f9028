package org.vfrt.core.drill;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BiPredicate;
import java.util.function.Supplier;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.sign.Sign;

/** Networks that are names, and signs that are seen when a test says so. */
final class FakeGround implements DrillGround {

    private final Map<String, PrivateNetwork> networks = new TreeMap<>();
    private final BiPredicate<Hypervisor, String> pathExists;

    final List<Reason> obstacles = new ArrayList<>();

    /** What the watch sees. */
    Supplier<Optional<String>> sign = () -> Optional.of("it lives");

    /** Why a network cannot be removed; empty for none. */
    String failsToRemove = "";

    String failsToMake = "";

    Optional<String> met = Optional.empty();
    int watching;

    FakeGround(BiPredicate<Hypervisor, String> pathExists) {
        this.pathExists = pathExists;
    }

    /** Returns the names of the networks that there are. */
    List<String> networks() {
        return List.copyOf(networks.keySet());
    }

    @Override
    public List<Reason> obstacles(Hypervisor host, DrillOrder order) {
        return obstacles;
    }

    @Override
    public void makeNetwork(Hypervisor host, PrivateNetwork network, Optional<String> meets) {
        networks.put(network.name(), network);
        met = meets;
        if (!failsToMake.isEmpty()) {
            throw new Failed("drill-network", failsToMake, "");
        }
    }

    @Override
    public void removeNetwork(Hypervisor host, PrivateNetwork network) {
        if (!failsToRemove.isEmpty()) {
            throw new Failed("drill-network", failsToRemove, "");
        }
        networks.remove(network.name());
    }

    @Override
    public List<String> left(Hypervisor host, List<String> paths, Optional<PrivateNetwork> network) {
        List<String> left = new ArrayList<>();
        paths.stream().filter(path -> pathExists.test(host, path)).forEach(path -> left.add("disk '" + path + "'"));
        network.filter(one -> networks.containsKey(one.name()))
                .ifPresent(one -> left.add("network namespace '" + one.name() + "'"));
        return left;
    }

    @Override
    public Watch watch(Hypervisor host, Guest copy, Sign looked, Trial trial) {
        watching++;
        return new Watch() {
            @Override
            public Optional<String> seen() {
                return sign.get();
            }

            @Override
            public String instead() {
                return "'nothing'";
            }

            @Override
            public void close() {
                watching--;
            }
        };
    }
}
