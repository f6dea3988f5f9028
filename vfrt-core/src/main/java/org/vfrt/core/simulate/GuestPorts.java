package org.vfrt.core.simulate;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import org.vfrt.core.checkpoint.RecoverGuest;
import org.vfrt.core.checkpoint.RestoreForm;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.failure.Temporary;
import org.vfrt.core.standby.Activator;
import org.vfrt.core.standby.Announcements;
import org.vfrt.core.standby.Health;
import org.vfrt.core.standby.LiveMigration;
import org.vfrt.core.standby.Placement;
import org.vfrt.core.standby.Protection;
import org.vfrt.core.standby.StaleCopies;
import org.vfrt.core.standby.StandbyCaptures;
import org.vfrt.core.standby.Tier;

/** What one controller can do with guests. */
final class GuestPorts
        implements StandbyCaptures, Activator, Health, Announcements, Placement, StaleCopies, LiveMigration {

    private static final Duration BEAT = Duration.ofSeconds(1);

    private final Controller controller;

    GuestPorts(Controller controller) {
        this.controller = controller;
    }

    private SimulatedPool pool() {
        return controller.pool();
    }

    private SimulatedGuest guest(UUID uuid) {
        return pool().guest(uuid);
    }

    // Captures.

    @Override
    public Feed begin(Protection protection, String from, String to) {
        return controller.call("capture", () -> {
            SimulatedHost source = controller.reach(from);
            SimulatedHost target = controller.reach(to);
            if (!source.isRunning(protection.guest())) {
                throw new Failed("not-running", "'" + protection.name() + "' does not run on " + from, "");
            }
            return protection.tier() == Tier.WARM
                    ? new OneCapture(protection, source, target)
                    : new Stream(protection, source, target);
        });
    }

    private static Optional<Failure> trouble(
            SimulatedPool pool, SimulatedGuest guest, SimulatedHost source, String boot, SimulatedHost target) {
        String why = !source.up || !source.boot().equals(boot) || !source.isRunning(guest.uuid)
                ? "'" + guest.name + "' does not run on " + source.name + " any more"
                : !target.up
                        ? target.name + " does not answer"
                        : !pool.joined(source.name, target.name)
                                ? source.name + " does not reach " + target.name
                                : target.diskFull ? "the disk of " + target.name + " is full" : "";
        return why.isEmpty() ? Optional.empty() : Optional.of(new Failed("capture-broken", why, ""));
    }

    private void copied(SimulatedGuest guest, SimulatedHost target) {
        guest.copied = Optional.of(controller.world().clock().instant());
        guest.copyHost = target.name;
    }

    /** One checkpoint, which takes its time. It ends with its controller. */
    private final class OneCapture implements Feed {

        private final SimulatedGuest guest;
        private boolean running = true;
        private Optional<Instant> complete = Optional.empty();
        private Optional<Failure> failure = Optional.empty();

        OneCapture(Protection protection, SimulatedHost source, SimulatedHost target) {
            this.guest = guest(protection.guest());
            String boot = source.boot();
            pool().time().after(guest.capture, () -> end(source, boot, target));
        }

        private void end(SimulatedHost source, String boot, SimulatedHost target) {
            if (!running || controller.dead()) {
                return;
            }
            running = false;
            failure = trouble(pool(), guest, source, boot, target);
            if (failure.isEmpty()) {
                copied(guest, target);
                complete = guest.copied;
            }
        }

        @Override
        public Progress look() {
            return controller.call("progress", () -> new Progress(running, complete, failure));
        }

        @Override
        public void stop() {
            running = false;
        }
    }

    /** A stream, of which the last epoch is there as long as it goes on. */
    private final class Stream implements Feed {

        private final SimulatedGuest guest;
        private final SimulatedHost source;
        private final SimulatedHost target;
        private final String boot;
        private boolean running = true;
        private Optional<Failure> failure = Optional.empty();

        Stream(Protection protection, SimulatedHost source, SimulatedHost target) {
            this.guest = guest(protection.guest());
            this.source = source;
            this.target = target;
            this.boot = source.boot();
            pool().time().after(protection.interval(), () -> epoch(protection.interval()));
        }

        private void epoch(Duration interval) {
            if (!running || controller.dead()) {
                return;
            }
            failure = trouble(pool(), guest, source, boot, target);
            running = failure.isEmpty();
            if (running) {
                copied(guest, target);
                pool().time().after(interval, () -> epoch(interval));
            }
        }

        @Override
        public Progress look() {
            return controller.call(
                    "progress", () -> new Progress(running, running ? guest.copied : Optional.empty(), failure));
        }

        @Override
        public void stop() {
            running = false;
        }
    }

    @Override
    public Optional<Copy> newest(Protection protection) {
        SimulatedGuest guest = guest(protection.guest());
        return controller.call("newest", () -> guest.copied.map(instant -> new Copy(instant, guest.copyHost)));
    }

    @Override
    public boolean holds(Protection protection, String host) {
        return false;
    }

    @Override
    public void handOver(Protection protection, String from, String to, long epoch) {
        controller.call("handOver", () -> {
            SimulatedHost source = controller.reach(from);
            SimulatedHost target = controller.reach(to);
            SimulatedGuest guest = guest(protection.guest());
            refuseLater(source, guest, epoch);
            String boot = source.boot();
            controller.pass(guest.capture);
            // Also when it comes to its end, the host asks.
            refuseLater(source, guest, epoch);
            Optional<Failure> trouble = trouble(pool(), guest, source, boot, target);
            if (controller.dead()) {
                throw new ControllerDeath();
            }
            if (trouble.isPresent()) {
                throw trouble.get();
            }
            source.active.remove(guest.uuid);
            copied(guest, target);
            controller.log(() -> "'" + guest.name + "' is captured for the last time on " + from + ", and gone");
            return guest;
        });
    }

    private static void refuseLater(SimulatedHost host, SimulatedGuest guest, long epoch) {
        SimulatedHost.Guard guard = host.guards.get(guest.uuid);
        if (guard != null && guard.highest > epoch) {
            throw new Refused("later-epoch", host.name + " has seen epoch " + guard.highest, "");
        }
    }

    // Starts.

    @Override
    public Way start(Start start, Consumer<List<Way>> announcement) {
        return controller.call("start", () -> {
            SimulatedHost host = controller.reach(start.place().host());
            SimulatedGuest guest = guest(start.guest());
            demandPermit(host, start);
            demandRoom(host, guest);
            RecoverGuest.Prospect prospect = prospect(host, guest, start.forms());
            Way way = Way.of(prospect);
            announcement.accept(List.of(way));
            pool().checks().starts(guest.uuid, start.place(), start.epoch());
            controller.log(() -> "starts '" + guest.name + "' on " + host.name + ", "
                    + prospect.form().text() + ", epoch " + start.epoch());
            String boot = host.boot();
            host.starting.put(guest.uuid, 1);
            controller.pass(guest.start);
            if (!host.up || !host.boot().equals(boot)) {
                throw new Temporary("host-silent", "host '" + host.name + "' does not answer", "");
            }
            host.starting.remove(guest.uuid);
            if (controller.dead()) {
                // The image came through it.
                throw new ControllerDeath();
            }
            guest.shutDown = false;
            pool().runs(guest.uuid, host);
            controller.log(() -> "'" + guest.name + "' runs on " + host.name);
            return way;
        });
    }

    @Override
    public void settle(Start start) {
        controller.call("settle", () -> {
            SimulatedHost host = controller.reach(start.place().host());
            if (host.left.remove(start.guest())) {
                host.active.remove(start.guest());
                controller.log(() -> "ends what is left of '" + start.name() + "' on " + host.name);
            }
            return host;
        });
    }

    /** The host's hook looks for the epoch in what it is to start. */
    private static void demandPermit(SimulatedHost host, Start start) {
        SimulatedHost.Guard guard = host.guards.get(start.guest());
        if (guard == null || guard.permit != start.epoch()) {
            throw new Refused(
                    "no-permit",
                    "host '" + host.name + "' has no permit for '" + start.name() + "' with epoch " + start.epoch(),
                    "");
        }
    }

    private void demandRoom(SimulatedHost host, SimulatedGuest guest) {
        if (host.isActive(guest.uuid) || host.starting.containsKey(guest.uuid)) {
            throw new Failed("there-already", "'" + guest.name + "' is on " + host.name + " already", "");
        }
        if (host.broken || !pool().hasRoom(host, guest)) {
            throw new Failed(
                    "start-failed",
                    "'" + guest.name + "' does not start on " + host.name + ": "
                            + (host.broken ? "a bridge is missing" : "there is no memory"),
                    "");
        }
    }

    private RecoverGuest.Prospect prospect(SimulatedHost host, SimulatedGuest guest, List<RestoreForm> forms) {
        boolean disksHere = guest.disks == SimulatedGuest.Disks.SHARED || guest.diskHost.equals(host.name);
        boolean copyHere = guest.copied.isPresent()
                && (guest.copyHost.equals(host.name)
                        || (pool().host(guest.copyHost).up && pool().joined(guest.copyHost, host.name)));
        Duration age = guest.copied
                .map(copied ->
                        Duration.between(copied, controller.world().clock().instant()))
                .orElse(Duration.ZERO);
        for (RestoreForm form : forms) {
            boolean open = form == RestoreForm.COLD_CURRENT ? disksHere : copyHere;
            if (open) {
                boolean cold = form != RestoreForm.MEMORY;
                return new RecoverGuest.Prospect(
                        form, age, cold, form == RestoreForm.COLD_CURRENT ? Duration.ZERO : age, List.of());
            }
        }
        throw new Failed(
                "no-form-open",
                "'" + guest.name + "' cannot come back on " + host.name + ": neither its disks nor a copy are there",
                "");
    }

    // Health, the network, places.

    @Override
    public Verdict check(Protection protection, String host) {
        return controller.call("health", () -> {
            SimulatedGuest guest = guest(protection.guest());
            SimulatedHost there = pool().host(host);
            boolean runs = there.up && pool().joined(controller.machine(), host) && there.isRunning(guest.uuid);
            if (runs && guest.ill) {
                return Verdict.ILL;
            }
            return runs && pool().time().nanos() - guest.runsSince >= guest.healthy.toNanos()
                    ? Verdict.HEALTHY
                    : Verdict.NOT_YET;
        });
    }

    @Override
    public void announce(UUID guest, String name, String host) {
        controller.call("announce", () -> {
            controller.reach(host);
            controller.log(() -> "the network hears that '" + name + "' is on " + host);
            return host;
        });
    }

    @Override
    public Ranking rank(Protection protection, Purpose purpose, Set<String> excluded) {
        return controller.call("rank", () -> {
            List<SimulatedHost> fit = new ArrayList<>();
            List<Reason> rejections = new ArrayList<>();
            for (SimulatedHost host : pool().hosts()) {
                if (excluded.contains(host.name)) {
                    continue;
                }
                if (!host.up || !pool().joined(controller.machine(), host.name)) {
                    rejections.add(new Reason("host-silent", host.name + " does not answer", ""));
                } else if (!pool().hasRoom(host, guest(protection.guest()))) {
                    rejections.add(new Reason("no-memory", host.name + " has no memory free", ""));
                } else {
                    fit.add(host);
                }
            }
            fit.sort(Comparator.comparingInt(host -> host.active.size()));
            return new Ranking(fit.stream().map(host -> host.name).toList(), rejections);
        });
    }

    // What is left on hosts that came back.

    @Override
    public List<String> find(String host, List<UUID> guests) {
        return controller.call(
                "stale",
                () -> controller.reach(host).autostart.stream()
                        .filter(guests::contains)
                        .map(uuid -> "autostart of '" + guest(uuid).name + "'")
                        .toList());
    }

    @Override
    public void remove(String host, List<UUID> guests) {
        controller.call("clean", () -> {
            SimulatedHost there = controller.reach(host);
            if (there.autostart.removeAll(guests)) {
                controller.log(() -> "removes what is stale from " + host);
            }
            return host;
        });
    }

    // Live migration, as libvirt does it: paused on the target until the source has let go.

    @Override
    public void migrate(UUID uuid, String from, String to) {
        controller.call("migrate", () -> {
            SimulatedHost source = controller.reach(from);
            SimulatedHost target = controller.reach(to);
            SimulatedGuest guest = guest(uuid);
            SimulatedHost.Guard guard = target.guards.get(uuid);
            if (guard != null && guard.permit == 0) {
                throw new Refused("no-permit", to + " has no permit for '" + guest.name + "'", "");
            }
            if (!source.isRunning(uuid)) {
                throw new Failed("not-running", "'" + guest.name + "' does not run on " + from, "");
            }
            demandRoom(target, guest);
            controller.log(() -> "migrates '" + guest.name + "' from " + from + " to " + to);
            String sourceBoot = source.boot();
            String targetBoot = target.boot();
            target.active.put(uuid, true);
            pool().time().after(guest.capture, () -> arrive(guest, source, sourceBoot, target, targetBoot));
            controller.pass(guest.capture.plus(BEAT));
            if (target.isRunning(uuid) && target.boot().equals(targetBoot)) {
                return uuid;
            }
            throw new Failed("migration-broken", "the migration of '" + guest.name + "' was broken off", "");
        });
    }

    /** libvirt does this by itself, whether or not anybody waits for it. */
    private void arrive(
            SimulatedGuest guest, SimulatedHost source, String sourceBoot, SimulatedHost target, String targetBoot) {
        boolean targetThere =
                target.up && target.boot().equals(targetBoot) && Boolean.TRUE.equals(target.active.get(guest.uuid));
        if (!targetThere) {
            return;
        }
        boolean sourceThere = source.up && source.boot().equals(sourceBoot) && source.isRunning(guest.uuid);
        if (sourceThere && pool().joined(source.name, target.name)) {
            source.active.remove(guest.uuid);
            pool().runs(guest.uuid, target);
            pool().log(target.name, () -> "'" + guest.name + "' arrives");
        } else {
            target.active.remove(guest.uuid);
        }
    }
}
