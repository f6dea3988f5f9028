package org.vfrt.core.simulate;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;

/** A host as it really is. What outlives a boot and what does not is said at each field. */
final class SimulatedHost {

    final String name;
    /** Outlives. How many guests fit. */
    int room = Integer.MAX_VALUE;
    /** Outlives. How much memory there is for them. */
    int memoryMib = Integer.MAX_VALUE;
    /** Outlives. */
    boolean installed = true;
    /** Outlives: starts fail, for a broken bridge for example. */
    boolean broken;
    /** Outlives: nothing more can be written beside it. */
    boolean diskFull;
    /** Outlives: what the host keeps of guests; the permit in it does not. */
    final Map<UUID, Guard> guards = new TreeMap<>();
    /** Outlives: guests that the host would start by itself. */
    final TreeSet<UUID> autostart = new TreeSet<>();
    /** Outlives: after how long without a renewal its watchdog resets it; zero for none. */
    Duration watchdog = Duration.ZERO;

    boolean up = true;
    int boots = 1;
    /** Ends with the boot. */
    boolean rejoined = true;
    /** Ends with the boot. Guests, and whether they are paused. */
    final Map<UUID, Boolean> active = new TreeMap<>();
    /** Ends with the boot. Paused guests that a start left there which died. */
    final Set<UUID> left = new TreeSet<>();
    /** Ends with the boot. Starts that go on. */
    final Map<UUID, Integer> starting = new HashMap<>();
    /** Stays where it was written: which boot renewed the lease last, and how often. */
    String leaseBoot = "";

    long renewals;

    /** Outlives. The devices that can take its power away, by level. */
    List<List<SimulatedDevice>> fence = List.of();

    /** What a host keeps of a guest that it guards. */
    static final class Guard {
        long highest;
        long permit;
    }

    SimulatedHost(String name) {
        this.name = name;
    }

    String boot() {
        return name + "-" + boots;
    }

    boolean isActive(UUID guest) {
        return active.containsKey(guest);
    }

    boolean isRunning(UUID guest) {
        return Boolean.FALSE.equals(active.get(guest));
    }

    /** The boot ends: whatever was only in memory is gone. */
    void end() {
        up = false;
        rejoined = false;
        active.clear();
        left.clear();
        starting.clear();
        guards.values().forEach(guard -> guard.permit = 0);
    }
}
