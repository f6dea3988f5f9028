package org.vfrt.core.simulate;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.vfrt.core.evidence.Leases;
import org.vfrt.core.evidence.Watch;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.failure.Temporary;
import org.vfrt.core.pool.Host;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.standby.Permits;

/** Hosts at the ends of one controller's cables. */
final class HostPorts implements Permits {

    private final Controller controller;
    /** Of which it was said. */
    private final Set<String> silent = new HashSet<>();

    HostPorts(Controller controller) {
        this.controller = controller;
    }

    /** Opens nothing: each question goes its own way, and may get no answer. */
    Hypervisor connect(Host host) {
        return new SimulatedHypervisor(controller, host);
    }

    Watch.Sighting look(String host) {
        return controller.call("look", () -> {
            try {
                String boot = controller.reach(host).boot();
                if (silent.remove(host)) {
                    controller.log(() -> host + " answers again");
                }
                return Watch.Sighting.alive(boot);
            } catch (Temporary e) {
                if (silent.add(host)) {
                    controller.log(() -> host + " does not answer");
                }
                return Watch.Sighting.silent(e.getMessage());
            }
        });
    }

    Optional<Leases.Lease> lease(String host) {
        return controller.call("lease", () -> {
            if (!controller.pool().joined(controller.machine(), SimulatedPool.STORAGE)) {
                throw new Temporary("storage-silent", "the storage that leases are on does not answer", "");
            }
            SimulatedHost there = controller.pool().host(host);
            return there.watchdog.isZero() || there.leaseBoot.isEmpty()
                    ? Optional.empty()
                    : Optional.of(new Leases.Lease(there.leaseBoot, there.renewals, there.watchdog));
        });
    }

    private SimulatedHost reach(Hypervisor host) {
        return controller.reach(host.host().name());
    }

    private SimulatedHost installed(Hypervisor host) {
        SimulatedHost there = reach(host);
        if (!there.installed) {
            throw refused(there, "does not ask for permits");
        }
        return there;
    }

    @Override
    public Standing standing(Hypervisor host) {
        return controller.call("standing", () -> {
            SimulatedHost there = reach(host);
            List<Guarded> guarded = new ArrayList<>();
            there.guards.forEach((guest, guard) -> guarded.add(new Guarded(
                    guest,
                    controller.pool().guest(guest).name,
                    guard.highest,
                    guard.permit == 0 ? Optional.empty() : Optional.of(guard.permit))));
            return new Standing(there.boot(), there.installed, there.rejoined, guarded);
        });
    }

    @Override
    public void guard(Hypervisor host, UUID guest, String name) {
        controller.call("guard", () -> installed(host).guards.computeIfAbsent(guest, key -> new SimulatedHost.Guard()));
    }

    @Override
    public void unguard(Hypervisor host, UUID guest) {
        throw new UnsupportedOperationException("the engine always says for which epoch");
    }

    @Override
    public void unguard(Hypervisor host, UUID guest, long epoch) {
        controller.call("unguard", () -> {
            SimulatedHost there = installed(host);
            refuseLater(there, guest, epoch);
            there.guards.remove(guest);
            controller.pool().checks().unguards(guest, there.name);
            controller.log(() -> there.name + " guards '" + name(guest) + "' no more");
            return guest;
        });
    }

    @Override
    public void give(Hypervisor host, String boot, UUID guest, long epoch) {
        controller.call("give", () -> {
            SimulatedHost there = installed(host);
            if (!there.boot().equals(boot)) {
                throw refused(there, "runs under boot '" + there.boot() + "', not '" + boot + "'");
            }
            if (!there.rejoined) {
                throw refused(there, "has not rejoined");
            }
            SimulatedHost.Guard guard = there.guards.get(guest);
            if (guard == null) {
                throw refused(there, "does not guard '" + name(guest) + "'");
            }
            refuseLater(there, guest, epoch);
            if (guard.permit != epoch) {
                controller.log(() -> there.name + " gets a permit for '" + name(guest) + "', epoch " + epoch);
            }
            guard.highest = epoch;
            guard.permit = epoch;
            return guest;
        });
    }

    @Override
    public void withdraw(Hypervisor host, UUID guest, long epoch) {
        controller.call("withdraw", () -> {
            SimulatedHost there = installed(host);
            refuseLater(there, guest, epoch);
            SimulatedHost.Guard guard = there.guards.computeIfAbsent(guest, key -> new SimulatedHost.Guard());
            if (guard.permit > 0) {
                controller.log(() -> "the permit for '" + name(guest) + "' is withdrawn from " + there.name);
            }
            guard.highest = epoch;
            guard.permit = 0;
            if (there.starting.containsKey(guest)) {
                throw new Temporary("start-goes-on", "a start of '" + name(guest) + "' still goes on", "");
            }
            return guest;
        });
    }

    @Override
    public void rejoin(Hypervisor host, String boot) {
        controller.call("rejoin", () -> {
            SimulatedHost there = installed(host);
            if (!there.boot().equals(boot)) {
                throw refused(there, "runs under boot '" + there.boot() + "', not '" + boot + "'");
            }
            if (!there.rejoined) {
                controller.log(() -> there.name + " rejoins");
            }
            there.rejoined = true;
            return boot;
        });
    }

    private void refuseLater(SimulatedHost there, UUID guest, long epoch) {
        SimulatedHost.Guard guard = there.guards.get(guest);
        if (guard != null && guard.highest > epoch) {
            throw refused(there, "has seen epoch " + guard.highest + " of '" + name(guest) + "', not only " + epoch);
        }
    }

    private String name(UUID guest) {
        return controller.pool().guest(guest).name;
    }

    private Failure refused(SimulatedHost host, String why) {
        controller.log(() -> host.name + " refuses: it " + why);
        return new Refused("host-refuses", "host '" + host.name + "' " + why, "");
    }
}
