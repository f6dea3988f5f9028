package org.vfrt.core.simulate;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.vfrt.core.pool.Definition;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.GuestState;
import org.vfrt.core.pool.Host;
import org.vfrt.core.pool.HostEquipment;
import org.vfrt.core.pool.HostFacts;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.pool.Version;

/** A host as libvirt would show it. What the standby engine does past its ports is to look who is there, and no more. */
final class SimulatedHypervisor implements Hypervisor {

    private static final long MEMORY = 1L << 30;
    private static final Version VERSION = new Version(4, 17, 0);

    private final Controller controller;
    private final Host host;

    SimulatedHypervisor(Controller controller, Host host) {
        this.controller = controller;
        this.host = host;
    }

    private <T> T ask(String what, Function<SimulatedHost, T> answer) {
        return controller.call(what, () -> answer.apply(controller.reach(host.name())));
    }

    @Override
    public Host host() {
        return host;
    }

    @Override
    public HostFacts facts() {
        return new HostFacts(host.name(), "Xen", VERSION, new Version(9, 0, 0), 4, 64 * MEMORY, 32 * MEMORY);
    }

    @Override
    public List<Guest> guests() {
        return ask(
                "guests",
                there -> there.active.keySet().stream()
                        .map(uuid -> guest(there, uuid))
                        .toList());
    }

    @Override
    public Optional<Guest> guest(UUID uuid) {
        return ask(
                "guest",
                there -> there.isActive(uuid) || there.starting.containsKey(uuid)
                        ? Optional.of(guest(there, uuid))
                        : Optional.empty());
    }

    private Guest guest(SimulatedHost there, UUID uuid) {
        boolean runs = there.isRunning(uuid);
        return new Guest(
                controller.pool().guest(uuid).name,
                uuid,
                1,
                runs ? GuestState.RUNNING : GuestState.PAUSED,
                runs ? Duration.ofSeconds(1) : Duration.ZERO,
                MEMORY,
                1,
                true);
    }

    @Override
    public Optional<String> unmanaged(UUID uuid) {
        return Optional.empty();
    }

    @Override
    public boolean pausedOutside(Guest guest) {
        return false;
    }

    @Override
    public boolean jobActive(UUID uuid) {
        return false;
    }

    @Override
    public Duration ownCpuTime() {
        return Duration.ZERO;
    }

    @Override
    public String definition(UUID uuid) {
        throw notAsked();
    }

    @Override
    public HostEquipment equipment(Set<String> diskPaths) {
        throw notAsked();
    }

    @Override
    public void resume(UUID uuid) {
        throw notAsked();
    }

    @Override
    public Guest start(Definition definition, boolean persistent) {
        throw notAsked();
    }

    @Override
    public void destroy(UUID uuid) {
        throw notAsked();
    }

    @Override
    public void undefine(UUID uuid) {
        throw notAsked();
    }

    private static UnsupportedOperationException notAsked() {
        return new UnsupportedOperationException("the standby engine does not ask that");
    }

    @Override
    public void close() {
        // Nothing is open.
    }
}
