package org.vfrt.core.simulate;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vfrt.core.checkpoint.RestoreForm;
import org.vfrt.core.standby.Tier;

/**
 * A pool and what happens to it, to be played. Immutable.
 *
 * @param name for people
 * @param machines those that controllers run on
 * @param steps what happens, one after the other
 */
public record Scenario(
        String name,
        List<HostWish> hosts,
        List<GuestWish> guests,
        List<String> machines,
        Controller.Rules rules,
        List<Step> steps) {

    public Scenario {
        hosts = List.copyOf(hosts);
        guests = List.copyOf(guests);
        machines = List.copyOf(machines);
        steps = List.copyOf(steps);
    }

    /**
     * @param room how many guests fit, if that is what counts
     * @param memoryMib how much memory it has for guests, if that is what counts
     * @param fence the names of its devices, by level
     */
    record HostWish(
            String name,
            Optional<Integer> room,
            Optional<Integer> memoryMib,
            boolean installed,
            Optional<Duration> watchdog,
            List<List<String>> fence) {}

    /**
     * @param memoryMib what it takes of a host's memory
     * @param isProtected whether it is in the beginning
     */
    record GuestWish(
            String name,
            String on,
            int memoryMib,
            boolean isProtected,
            Optional<String> standby,
            Tier tier,
            Duration interval,
            int priority,
            List<String> after,
            List<RestoreForm> recover,
            boolean returns,
            boolean copied,
            boolean autostart,
            Duration capture,
            Duration start,
            Duration healthy) {}

    /**
     * One thing that happens.
     *
     * @param words as they were written
     * @param place where they were written, for messages
     */
    record Step(List<String> words, String place) {

        String text() {
            return String.join(" ", words);
        }
    }

    /** Builds the pool and starts its controllers. */
    Stage build(boolean logs) {
        SimulatedPool pool = new SimulatedPool(logs);
        for (HostWish wish : hosts) {
            SimulatedHost host = pool.addHost(wish.name());
            wish.room().ifPresent(room -> host.room = room);
            wish.memoryMib().ifPresent(memory -> host.memoryMib = memory);
            host.installed = wish.installed();
            host.fence = wish.fence().stream()
                    .map(level ->
                            level.stream().map(name -> device(pool, name, host)).toList())
                    .toList();
            wish.watchdog().ifPresent(watchdog -> {
                host.watchdog = watchdog;
                host.leaseBoot = host.boot();
                pool.watchLease(host, host.boot(), 0);
            });
        }
        Map<String, java.util.UUID> ids = new java.util.HashMap<>();
        for (GuestWish wish : guests) {
            SimulatedGuest guest = new SimulatedGuest(wish.name(), new java.util.UUID(7, ids.size() + 1));
            ids.put(wish.name(), guest.uuid);
            guest.disks = wish.copied() ? SimulatedGuest.Disks.COPIED : SimulatedGuest.Disks.SHARED;
            guest.memoryMib = wish.memoryMib();
            guest.capture = wish.capture();
            guest.start = wish.start();
            guest.healthy = wish.healthy();
            pool.addGuest(guest);
            SimulatedHost host = pool.host(wish.on());
            if (wish.autostart()) {
                host.autostart.add(guest.uuid);
            }
            pool.runs(guest.uuid, host);
        }
        Stage stage = new Stage(pool, rules, world -> world);
        machines.forEach(stage::startDaemon);
        return stage;
    }

    private static SimulatedDevice device(SimulatedPool pool, String name, SimulatedHost host) {
        SimulatedDevice device = new SimulatedDevice(pool, name, host);
        pool.addDevice(device);
        return device;
    }
}
