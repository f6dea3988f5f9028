package org.vfrt.core.simulate;

import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.vfrt.core.claim.Claim;
import org.vfrt.core.claim.Claims;
import org.vfrt.core.claim.MemoryRegister;

/** The pool as it really is: its hosts, guests, cables and clocks, and what happens to them. For one thread. */
final class SimulatedPool {

    /** Where controllers keep what they agree on, as a name at the end of a cable. */
    static final String REGISTER = "register";

    /** Where hosts renew their leases, and controllers read them. */
    static final String STORAGE = "storage";

    private static final Duration LEASE_BEAT = Duration.ofSeconds(2);

    private final VirtualTime time = new VirtualTime();
    private final MemoryRegister register = new MemoryRegister();
    private final Checks checks = new Checks(this, register);
    private final Map<String, SimulatedHost> hosts = new LinkedHashMap<>();
    private final Map<UUID, SimulatedGuest> guests = new LinkedHashMap<>();
    private final Map<String, SimulatedDevice> devices = new LinkedHashMap<>();
    private final Set<String> cut = new HashSet<>();
    private final Map<String, Duration> clocks = new HashMap<>();
    private final List<String> lines = new ArrayList<>();
    private final boolean logs;
    private Disturbance disturbance = Disturbance.NONE;
    private long events;
    private int controllers;
    private final BitSet ended = new BitSet();

    SimulatedPool(boolean logs) {
        this.logs = logs;
    }

    /** Returns the number of one more controller. */
    int oneMoreController() {
        return controllers++;
    }

    void endsController(int number) {
        ended.set(number);
    }

    boolean hasEnded(int number) {
        return ended.get(number);
    }

    VirtualTime time() {
        return time;
    }

    MemoryRegister register() {
        return register;
    }

    Checks checks() {
        return checks;
    }

    Disturbance disturbance() {
        return disturbance;
    }

    void disturb(Disturbance next) {
        disturbance = next;
    }

    long events() {
        return events;
    }

    void event() {
        events++;
    }

    boolean logs() {
        return logs;
    }

    void log(String who, String what) {
        if (logs) {
            lines.add(String.format("%8.1f  %-8s  %s", time.nanos() / 1e9, who, what));
        }
    }

    void log(String who, Supplier<String> what) {
        if (logs) {
            log(who, what.get());
        }
    }

    List<String> lines() {
        return lines;
    }

    SimulatedHost addHost(String name) {
        SimulatedHost host = new SimulatedHost(name);
        hosts.put(name, host);
        return host;
    }

    void addGuest(SimulatedGuest guest) {
        guests.put(guest.uuid, guest);
    }

    void addDevice(SimulatedDevice device) {
        devices.put(device.name(), device);
    }

    Collection<SimulatedHost> hosts() {
        return hosts.values();
    }

    SimulatedHost host(String name) {
        return Objects.requireNonNull(hosts.get(name), name);
    }

    boolean hasHost(String name) {
        return hosts.containsKey(name);
    }

    /** Returns whether there is room on a host for a guest that is not there. */
    boolean hasRoom(SimulatedHost host, SimulatedGuest guest) {
        long taken = host.active.keySet().stream()
                .mapToLong(uuid -> guest(uuid).memoryMib)
                .sum();
        return host.active.size() < host.room && taken + guest.memoryMib <= host.memoryMib;
    }

    Collection<SimulatedGuest> guests() {
        return guests.values();
    }

    SimulatedGuest guest(UUID uuid) {
        return Objects.requireNonNull(guests.get(uuid), uuid.toString());
    }

    @Nullable
    SimulatedGuest guest(String name) {
        return guests.values().stream()
                .filter(guest -> guest.name.equals(name))
                .findFirst()
                .orElse(null);
    }

    Map<String, SimulatedDevice> devices() {
        return devices;
    }

    // Cables.

    void cut(String one, String other) {
        cut.add(cable(one, other));
    }

    void mend(String one, String other) {
        cut.remove(cable(one, other));
    }

    void mendAll() {
        cut.clear();
    }

    boolean joined(String one, String other) {
        return one.equals(other) || !cut.contains(cable(one, other));
    }

    private static String cable(String one, String other) {
        return one.compareTo(other) < 0 ? one + "|" + other : other + "|" + one;
    }

    // Clocks.

    void setClock(String machine, Duration ahead) {
        clocks.put(machine, ahead);
    }

    Duration clockOf(String machine) {
        return clocks.getOrDefault(machine, Duration.ZERO);
    }

    // What happens to hosts.

    void powerOff(SimulatedHost host, String why) {
        if (host.up) {
            host.end();
            log(host.name, why);
        }
    }

    void powerOn(SimulatedHost host) {
        if (host.up) {
            return;
        }
        host.boots++;
        host.up = true;
        host.fence.forEach(level -> level.forEach(device -> device.gives = true));
        log(host.name, () -> "boots, " + host.boot());
        for (UUID guest : List.copyOf(host.autostart)) {
            // What a host starts that did not answer when it was to be told to guard it, nobody can prevent.
            if (host.guards.containsKey(guest) || (!claimed(guest) && !runsAnywhere(guest))) {
                startByHand(guest, host, "autostart");
            }
        }
        watchLease(host, host.boot(), time.nanos());
    }

    /** Lets the host's lease be renewed, and its watchdog bite when it could not be for too long. */
    void watchLease(SimulatedHost host, String boot, long renewed) {
        if (host.watchdog.isZero()) {
            return;
        }
        time.after(LEASE_BEAT, () -> {
            if (!host.up || !host.boot().equals(boot)) {
                return;
            }
            if (joined(host.name, STORAGE)) {
                host.renewals++;
                host.leaseBoot = boot;
                watchLease(host, boot, time.nanos());
            } else if (time.nanos() - renewed > host.watchdog.toNanos()) {
                powerOff(host, "its watchdog resets it");
                powerOn(host);
            } else {
                watchLease(host, boot, renewed);
            }
        });
    }

    // What happens to guests.

    /** Whether the host's hook lets a person or the host itself start a guest. */
    private static boolean letsStart(SimulatedHost host, UUID guest) {
        SimulatedHost.Guard guard = host.guards.get(guest);
        return !host.installed || guard == null || guard.permit > 0;
    }

    /** Somebody starts a guest past vfrt. */
    boolean startByHand(UUID guest, SimulatedHost host, String who) {
        if (!host.up || host.isActive(guest) || host.starting.containsKey(guest)) {
            return false;
        }
        if (!letsStart(host, guest)) {
            log(host.name, () -> who + " of '" + guest(guest).name + "' is refused: no permit");
            return false;
        }
        guest(guest).shutDown = false;
        runs(guest, host);
        log(host.name, () -> who + " of '" + guest(guest).name + "'");
        return true;
    }

    /** A guest runs from now on. */
    void runs(UUID guest, SimulatedHost host) {
        host.active.put(guest, false);
        guest(guest).runsSince = time.nanos();
        guest(guest).diskHost = host.name;
        checks.runs(guest);
    }

    /** Whether vfrt is to see that a guest runs once only. */
    boolean claimed(UUID guest) {
        return new Claims(register)
                .read(guest)
                .filter(known -> known.claim().phase() != Claim.Phase.RELEASED)
                .isPresent();
    }

    boolean runsAnywhere(UUID guest) {
        return hosts.values().stream().anyMatch(host -> host.isActive(guest));
    }
}
