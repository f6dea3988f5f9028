package org.vfrt.core.simulate;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.vfrt.core.checkpoint.RestoreForm;
import org.vfrt.core.claim.Claim;
import org.vfrt.core.claim.Claims;
import org.vfrt.core.claim.Place;
import org.vfrt.core.failure.Temporary;
import org.vfrt.core.sign.Sign;
import org.vfrt.core.standby.Arming;
import org.vfrt.core.standby.ConfirmDead;
import org.vfrt.core.standby.FailBack;
import org.vfrt.core.standby.FailOver;
import org.vfrt.core.standby.FailOverPlanned;
import org.vfrt.core.standby.MoveProtected;
import org.vfrt.core.standby.ProtectGuest;
import org.vfrt.core.standby.Rejoin;
import org.vfrt.core.standby.StandbyWorld;
import org.vfrt.core.standby.Tier;
import org.vfrt.core.standby.UnprotectGuest;

/** Misfortune by chance, the same for the same seed: anything may happen at any time, also in the middle of what controllers do. From time to time all is mended, and then everything has to run again. */
final class RandomRun {

    /** Calls at which an answer can get lost; the others have none, or are asked on the machine itself. */
    private static final Set<String> FAR = Set.of(
            "read",
            "write",
            "list",
            "remove",
            "standing",
            "guard",
            "unguard",
            "give",
            "withdraw",
            "rejoin",
            "guest",
            "start",
            "capture",
            "handOver",
            "announce",
            "stale",
            "clean",
            "status",
            "off",
            "migrate",
            "lease");

    private static final int ROUNDS_UNTIL_CALM = 400;

    private final SplittableRandom random;
    private final SimulatedPool pool;
    private final Stage stage;
    private final List<String> hosts = new ArrayList<>();
    private final Map<String, Integer> memoryMib = new HashMap<>();
    private final List<UUID> guests = new ArrayList<>();
    private final List<String> machines;
    private int alerts;

    RandomRun(SplittableRandom random, Stage stage, List<String> machines) {
        this.random = random;
        this.pool = stage.pool();
        this.stage = stage;
        this.machines = List.copyOf(machines);
        for (SimulatedHost host : pool.hosts()) {
            hosts.add(host.name);
            memoryMib.put(host.name, host.memoryMib);
        }
        pool.guests().forEach(guest -> guests.add(guest.uuid));
    }

    /** Returns one on a pool that is made by chance as well. */
    static RandomRun made(long seed, boolean logs, UnaryOperator<StandbyWorld> twist) {
        SplittableRandom random = new SplittableRandom(seed);
        Stage stage = new RandomPool(random).build(logs, twist);
        RandomRun run = new RandomRun(random, stage, RandomPool.MACHINES);
        RandomPool.MACHINES.forEach(stage::startDaemon);
        run.guests.forEach(run::protect);
        return run;
    }

    SimulatedPool pool() {
        return pool;
    }

    /** Goes on until so many events have happened, or a rule is broken. */
    void run(long events) {
        pool.disturb(this::disturb);
        long calmAt = pool.events() + 400 + random.nextInt(400);
        while (pool.events() < events && pool.checks().broken().isEmpty()) {
            step();
            if (pool.events() >= calmAt) {
                calm();
                calmAt = pool.events() + 400 + random.nextInt(400);
            }
        }
        if (pool.checks().broken().isEmpty()) {
            calm();
        }
    }

    private void disturb(Controller controller, String call, Disturbance.Moment moment) {
        if (!pool.checks().broken().isEmpty()) {
            return;
        }
        int dice = random.nextInt(1_000);
        if (dice < 4) {
            controller.die();
        } else if (dice < 14) {
            misfortune();
        } else if (dice < 26 && stage.depth() < 4) {
            // This one sleeps in its call, and others go on.
            pool.log(
                    controller.name(), () -> "stalls " + moment.name().toLowerCase(java.util.Locale.ROOT) + " " + call);
            for (int steps = 1 + random.nextInt(6); steps > 0; steps--) {
                step();
            }
            pool.log(controller.name(), () -> "goes on");
        } else if (dice < 32 && moment == Disturbance.Moment.AFTER && FAR.contains(call)) {
            pool.log(controller.name(), () -> "hears no answer to " + call);
            throw new Temporary("host-silent", "the answer got lost", "");
        }
    }

    private void step() {
        switch (random.nextInt(12)) {
            case 0, 1, 2 -> command();
            case 3, 4 -> misfortune();
            case 5 -> pool.time().sleep(Duration.ofSeconds(random.nextInt(40)));
            default -> {
                pool.time().sleep(Duration.ofSeconds(random.nextInt(6)));
                String machine = machine();
                if (random.nextInt(8) == 0) {
                    stage.startDaemon(machine);
                }
                stage.round(machine);
            }
        }
    }

    // What controllers and people do.

    private void command() {
        UUID guest = pick(guests);
        String host = pick(hosts);
        switch (random.nextInt(12)) {
            case 0, 1, 2, 3 -> alert();
            case 4 -> stage.command(machine(), world -> new FailOverPlanned(world).run(guest, maybe(host)));
            case 5 ->
                stage.command(
                        machine(),
                        world -> new MoveProtected(world, (what, from, to) -> migrate(world, what, from, to))
                                .run(guest, maybe(host)));
            case 6 -> stage.command(machine(), world -> new FailBack(world).run(guest));
            case 7 -> stage.command(machine(), world -> new Rejoin(world).run(host));
            case 8 -> confirm(host);
            case 9 -> {
                if (random.nextInt(3) == 0) {
                    stage.command(machine(), world -> new UnprotectGuest(world).run(guest));
                } else {
                    protect(guest);
                }
            }
            case 10 ->
                stage.command(machine(), world -> {
                    Arming arming = new Arming(world.register(), world.clock());
                    if (random.nextInt(4) == 0) {
                        arming.disarm("alice", "works at the switch");
                    } else {
                        arming.arm("alice");
                    }
                });
            default -> byHand(guest, host);
        }
    }

    private static void migrate(StandbyWorld world, UUID guest, String from, String to) {
        ((GuestPorts) world.activator()).migrate(guest, from, to);
    }

    private Optional<String> maybe(String host) {
        return random.nextBoolean() ? Optional.of(host) : Optional.empty();
    }

    private void alert() {
        List<String> silent = hosts.stream()
                .filter(name -> !pool.host(name).up || !pool.joined(machines.get(0), name))
                .toList();
        String host = silent.isEmpty() || random.nextInt(5) == 0 ? pick(hosts) : pick(silent);
        // Some come twice, and some come late.
        int number = random.nextInt(4) == 0 ? random.nextInt(alerts + 1) : ++alerts;
        boolean despite = random.nextInt(4) == 0;
        stage.command(
                machine(),
                world -> new FailOver(world).run(new FailOver.Request(host, Optional.of("a" + number), despite)));
    }

    /** A person is asked about what was believed, goes and looks, and says what is so. */
    private void confirm(String name) {
        stage.command(machine(), world -> {
            ConfirmDead confirm = new ConfirmDead(world);
            Set<String> boots = confirm.boots(name);
            SimulatedHost host = pool.host(name);
            if (!boots.isEmpty() && !(host.up && boots.contains(host.boot()))) {
                pool.log("alice", () -> "confirms that " + name + " is dead, " + boots);
                confirm.run(name, name, "alice", boots);
            }
        });
    }

    private void protect(UUID guest) {
        pool.hosts().stream().filter(host -> host.isRunning(guest)).findFirst().ifPresent(host -> {
            Optional<String> standby = maybe(pick(hosts)).filter(other -> !other.equals(host.name));
            List<UUID> after =
                    random.nextInt(3) == 0 && !guest.equals(guests.get(0)) ? List.of(guests.get(0)) : List.of();
            stage.command(
                    machine(),
                    world -> new ProtectGuest(world)
                            .run(new ProtectGuest.Request(
                                    guest,
                                    pool.guest(guest).name,
                                    host.name,
                                    standby,
                                    pick(List.of(Tier.values())),
                                    Duration.ofSeconds(10 + random.nextInt(50)),
                                    random.nextInt(3),
                                    after,
                                    List.of(RestoreForm.MEMORY, RestoreForm.COLD_CURRENT, RestoreForm.COLD_PAIRED),
                                    Sign.usual(),
                                    random.nextInt(4) == 0)));
        });
    }

    /** Somebody who does not know of vfrt, but looks at all hosts before starting a guest. */
    private void byHand(UUID guest, String host) {
        Optional<SimulatedHost> on =
                pool.hosts().stream().filter(there -> there.isRunning(guest)).findFirst();
        if (on.isPresent() && random.nextInt(3) == 0) {
            pool.event();
            pool.log("alice", () -> "shuts '" + pool.guest(guest).name + "' down");
            on.get().active.remove(guest);
            pool.guest(guest).shutDown = true;
        } else if (!pool.runsAnywhere(guest)) {
            pool.event();
            boolean guarded = pool.host(host).guards.containsKey(guest);
            // On a host that does not guard it, a person can do anything: while vfrt brings it back, that is two.
            if (guarded || !pool.claimed(guest)) {
                pool.startByHand(guest, pool.host(host), "start by alice");
            }
        }
    }

    // Misfortune.

    private void misfortune() {
        pool.event();
        SimulatedHost host = pool.host(pick(hosts));
        String machine = machine();
        switch (random.nextInt(13)) {
            case 0, 1 -> pool.powerOff(host, "crashes");
            case 2, 3, 4 -> pool.powerOn(host);
            case 5 -> {
                if (!lies(host)) {
                    cable(machine, host.name);
                }
            }
            case 6 -> cable(host.name, pick(hosts));
            case 7 ->
                cable(
                        random.nextBoolean() ? machine : host.name,
                        random.nextBoolean() ? SimulatedPool.REGISTER : SimulatedPool.STORAGE);
            case 8 -> bend(host);
            case 9 -> {
                Duration ahead = Duration.ofSeconds(random.nextInt(-7_200, 7_200));
                pool.setClock(machine, ahead);
                pool.log(machine, () -> "its clock is set, to " + ahead.toSeconds() + " s ahead");
            }
            case 10 -> {
                host.diskFull = random.nextInt(3) == 0;
                host.broken = random.nextInt(4) == 0;
                pool.guest(pick(guests)).ill = random.nextInt(4) == 0;
            }
            case 11 -> stage.killDaemon(machine);
            default -> {
                pool.mendAll();
                pool.log("cables", "are all whole");
            }
        }
    }

    private void cable(String one, String other) {
        if (one.equals(other)) {
            return;
        }
        if (random.nextInt(3) > 0) {
            pool.mend(one, other);
        } else {
            pool.cut(one, other);
            pool.log("cables", () -> one + " and " + other + " are cut");
        }
    }

    /** A device that lies about a host that nobody can see cannot be found out by anybody. */
    private void bend(SimulatedHost host) {
        boolean seen = machines.stream().allMatch(machine -> pool.joined(machine, host.name));
        for (SimulatedDevice device : pool.devices().values()) {
            if (device.host() == host) {
                SimulatedDevice.Mode mode = pick(List.of(SimulatedDevice.Mode.values()));
                device.mode = mode == SimulatedDevice.Mode.LYING && !seen ? SimulatedDevice.Mode.GOOD : mode;
                device.takes = Duration.ofSeconds(1 + random.nextInt(14));
                pool.log(device.name(), () -> "is " + device.mode.name().toLowerCase(java.util.Locale.ROOT) + " now");
            }
        }
    }

    private boolean lies(SimulatedHost host) {
        return pool.devices().values().stream()
                .anyMatch(device -> device.host() == host && device.mode == SimulatedDevice.Mode.LYING);
    }

    private <T> T pick(List<T> all) {
        return all.get(random.nextInt(all.size()));
    }

    private String machine() {
        return pick(machines);
    }

    // Calm.

    /** All is mended, and people do what they are asked for. Then whatever has a legal way has to run. */
    private void calm() {
        pool.disturb(Disturbance.NONE);
        pool.log("calm", "all is mended");
        pool.mendAll();
        pool.devices().values().forEach(device -> {
            device.mode = SimulatedDevice.Mode.GOOD;
            device.takes = Duration.ofSeconds(2);
        });
        guests.forEach(guest -> pool.guest(guest).ill = false);
        for (SimulatedHost host : pool.hosts()) {
            host.diskFull = false;
            host.broken = false;
            host.room = Math.max(host.room, guests.size());
            host.memoryMib = Integer.MAX_VALUE;
            pool.powerOn(host);
        }
        machines.forEach(machine -> pool.setClock(machine, Duration.ZERO));
        machines.forEach(stage::startDaemon);
        stage.command(machines.get(0), world -> new Arming(world.register(), world.clock()).arm("alice"));
        int round = 0;
        while (pool.checks().broken().isEmpty() && !atRest()) {
            if (round++ > ROUNDS_UNTIL_CALM) {
                pool.checks().add(Simulate.Rule.LOST, String.join("; ", restless()));
                return;
            }
            pool.time().sleep(Duration.ofSeconds(5));
            machines.forEach(stage::round);
            if (round % 4 == 0) {
                // What a slow device was told before comes now.
                pool.hosts().forEach(pool::powerOn);
                hosts.stream()
                        .filter(host -> !pool.host(host).rejoined)
                        .forEach(host -> stage.command(machines.get(0), world -> new Rejoin(world).run(host)));
            }
        }
        for (SimulatedHost host : pool.hosts()) {
            host.room = 1 + random.nextInt(guests.size() + 1);
            host.memoryMib = Objects.requireNonNull(memoryMib.get(host.name));
        }
        pool.disturb(this::disturb);
    }

    private boolean atRest() {
        return restless().isEmpty();
    }

    private List<String> restless() {
        List<String> restless = new ArrayList<>();
        for (UUID uuid : guests) {
            SimulatedGuest guest = pool.guest(uuid);
            Optional<Claim> claim = new Claims(pool.register()).read(uuid).map(Claims.Known::claim);
            boolean released =
                    claim.filter(there -> there.phase() != Claim.Phase.RELEASED).isEmpty();
            if (released) {
                if (!pool.runsAnywhere(uuid) && !startsSomewhere(uuid)) {
                    restless.add("'" + guest.name + "' is not protected, and starts nowhere");
                }
                continue;
            }
            Place at = claim.get().at();
            boolean runs = pool.host(at.host()).isRunning(uuid)
                    && pool.host(at.host()).boot().equals(at.boot());
            if (claim.get().phase() != Claim.Phase.HELD || (!runs && !guest.shutDown)) {
                restless.add("'" + guest.name + "' does not run, its claim is "
                        + claim.get().phase().name().toLowerCase(java.util.Locale.ROOT) + " by " + at);
            }
        }
        return restless;
    }

    private boolean startsSomewhere(UUID guest) {
        return pool.hosts().stream().anyMatch(host -> pool.startByHand(guest, host, "start by alice"));
    }
}
