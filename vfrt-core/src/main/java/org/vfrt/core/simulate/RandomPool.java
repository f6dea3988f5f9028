package org.vfrt.core.simulate;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.vfrt.core.evidence.Evidence;
import org.vfrt.core.standby.StandbyRules;
import org.vfrt.core.standby.StandbyWorld;

/** Pools by chance. */
final class RandomPool {

    static final List<String> MACHINES = List.of("m1", "m2");

    private final SplittableRandom random;

    RandomPool(SplittableRandom random) {
        this.random = random;
    }

    Stage build(boolean logs, UnaryOperator<StandbyWorld> twist) {
        SimulatedPool pool = new SimulatedPool(logs);
        int hosts = 3 + random.nextInt(3);
        int guests = 2 + random.nextInt(4);
        for (int i = 1; i <= hosts; i++) {
            addHost(pool, "xen" + i, guests);
        }
        for (int i = 1; i <= guests; i++) {
            addGuest(pool, i, pool.host("xen" + (1 + i % hosts)));
        }
        return new Stage(
                pool, new Controller.Rules(rules(), EnumSet.allOf(Evidence.Kind.class), Duration.ofSeconds(10)), twist);
    }

    private StandbyRules rules() {
        return new StandbyRules(
                random.nextInt(4) == 0 ? 1 : 4,
                Duration.ofMinutes(2),
                random.nextInt(4) == 0 ? 2 : 20,
                Duration.ofSeconds(15),
                Duration.ofSeconds(30),
                1 + random.nextInt(3),
                Duration.ofSeconds(20),
                random.nextBoolean());
    }

    private void addHost(SimulatedPool pool, String name, int guests) {
        SimulatedHost host = pool.addHost(name);
        host.room = 2 + random.nextInt(guests);
        int kind = random.nextInt(4);
        List<List<SimulatedDevice>> levels = new ArrayList<>();
        if (kind > 0) {
            levels.add(List.of(device(pool, "ipmi-" + name, host)));
        }
        if (kind == 3) {
            levels.add(List.of(device(pool, "pdu-a-" + name, host), device(pool, "pdu-b-" + name, host)));
        }
        host.fence = levels;
        if (random.nextInt(3) == 0) {
            host.watchdog = Duration.ofSeconds(6);
            host.leaseBoot = host.boot();
            pool.watchLease(host, host.boot(), 0);
        }
    }

    private static SimulatedDevice device(SimulatedPool pool, String name, SimulatedHost host) {
        SimulatedDevice device = new SimulatedDevice(pool, name, host);
        pool.addDevice(device);
        return device;
    }

    private void addGuest(SimulatedPool pool, int number, SimulatedHost host) {
        SimulatedGuest guest = new SimulatedGuest("web" + number, new UUID(7, number));
        guest.disks = random.nextInt(4) == 0 ? SimulatedGuest.Disks.COPIED : SimulatedGuest.Disks.SHARED;
        guest.capture = Duration.ofSeconds(1 + random.nextInt(8));
        guest.start = Duration.ofSeconds(1 + random.nextInt(8));
        guest.healthy = Duration.ofSeconds(random.nextInt(4));
        pool.addGuest(guest);
        if (random.nextInt(3) == 0) {
            host.autostart.add(guest.uuid);
        }
        pool.runs(guest.uuid, host);
    }
}
