package org.vfrt.core.simulate;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.failure.Temporary;
import org.vfrt.core.sign.Sign;
import org.vfrt.core.standby.Arming;
import org.vfrt.core.standby.ConfirmDead;
import org.vfrt.core.standby.FailBack;
import org.vfrt.core.standby.FailOver;
import org.vfrt.core.standby.FailOverPlanned;
import org.vfrt.core.standby.Ledger;
import org.vfrt.core.standby.MoveProtected;
import org.vfrt.core.standby.ProtectGuest;
import org.vfrt.core.standby.Rejoin;
import org.vfrt.core.standby.StandbyReport;
import org.vfrt.core.standby.StandbyStatus;
import org.vfrt.core.standby.StandbyWorld;
import org.vfrt.core.standby.UnprotectGuest;
import org.vfrt.core.text.Amounts;

/** Plays the steps of a scenario, one after the other. For one thread. */
final class PlaySteps {

    /** How far apart the rounds of a standing controller are. */
    private static final Duration BEAT = Duration.ofSeconds(5);

    private final Scenario scenario;
    private final Stage stage;
    private final SimulatedPool pool;
    private final Map<String, Set<String>> asked = new HashMap<>();
    private final Map<String, Set<String>> alarmed = new HashMap<>();
    private final List<Interruption> interruptions = new ArrayList<>();

    PlaySteps(Scenario scenario, Stage stage) {
        this.scenario = scenario;
        this.stage = stage;
        this.pool = stage.pool();
    }

    /** What is to happen at one of the calls to come. */
    private static final class Interruption {

        private final String call;
        private final Disturbance.Moment moment;
        private final List<String> words;
        private int left;

        Interruption(String call, int number, Disturbance.Moment moment, List<String> words) {
            this.call = call;
            this.left = number;
            this.moment = moment;
            this.words = words;
        }
    }

    void run() {
        pool.disturb(this::disturb);
        for (Scenario.GuestWish wish : scenario.guests()) {
            if (wish.isProtected()) {
                protect(wish, wish.on());
            }
        }
        for (Scenario.Step step : scenario.steps()) {
            pool.log("step", step.text());
            play(step.words());
        }
        pool.disturb(Disturbance.NONE);
    }

    private void disturb(Controller controller, String call, Disturbance.Moment moment) {
        for (Interruption one : List.copyOf(interruptions)) {
            if (one.call.equals(call) && one.moment == moment && --one.left == 0) {
                interruptions.remove(one);
                pool.log(
                        "meanwhile",
                        () -> String.join(" ", one.words) + ", while " + controller.name() + " is at '" + call + "'");
                if (one.words.equals(List.of("die"))) {
                    controller.die();
                } else if (one.words.equals(List.of("lose"))) {
                    throw new Temporary("answer-lost", "the answer got lost", "");
                } else {
                    play(one.words);
                }
            }
        }
    }

    private void play(List<String> words) {
        pool.event();
        String first = words.get(0);
        switch (first) {
            case "wait" -> pool.time().sleep(Words.time(words.get(1)));
            case "run" -> rounds(Words.time(words.get(1)));
            case "power", "disk", "host", "room" -> host(pool.host(words.get(1)), first, words.get(2));
            case "cut", "mend" -> cable(words);
            case "device" -> device(words);
            case "clock" -> {
                Duration time = Words.time(words.get(3));
                pool.setClock(words.get(1), words.get(2).equals("ahead") ? time : time.negated());
            }
            case "guest" -> guest(words.get(1)).ill = words.get(2).equals("ill");
            case "start" -> pool.startByHand(guest(words.get(1)).uuid, pool.host(words.get(2)), "start by hand");
            case "leave" -> leave(guest(words.get(1)), pool.host(words.get(2)));
            case "overtaken" -> overtaken(pool.host(words.get(1)), guest(words.get(2)));
            case "register" ->
                pool.register().list("").forEach(entry -> pool.register().remove(entry.key(), entry.revision()));
            case "stop" -> stop(guest(words.get(1)));
            case "kill" -> stage.killDaemon(words.get(1));
            case "daemon" -> stage.startDaemon(words.get(1));
            case "at" ->
                interruptions.add(new Interruption(
                        words.get(1),
                        Integer.parseInt(words.get(2)),
                        Disturbance.Moment.valueOf(words.get(3).toUpperCase(Locale.ROOT)),
                        Words.nested(words)));
            default -> command(words);
        }
    }

    // The world.

    private void rounds(Duration time) {
        long end = pool.time().nanos() + time.toNanos();
        while (pool.time().nanos() < end) {
            for (String machine : scenario.machines()) {
                stage.round(machine).ifPresent(report -> tell(machine, report));
            }
            pool.time().sleep(BEAT);
        }
    }

    /** What is new. */
    private void tell(String machine, StandbyReport report) {
        Set<String> now = new HashSet<>();
        for (Reason alarm : report.alarms()) {
            now.add(alarm.code());
            if (!alarmed.getOrDefault(machine, Set.of()).contains(alarm.code())) {
                pool.log(machine, "alarm: " + alarm.text());
            }
        }
        alarmed.put(machine, now);
    }

    private void host(SimulatedHost host, String what, String how) {
        switch (how) {
            case "on" -> pool.powerOn(host);
            case "off" -> pool.powerOff(host, "loses its power");
            case "full" -> host.diskFull = true;
            case "free" -> host.diskFull = false;
            case "broken" -> host.broken = true;
            case "whole" -> host.broken = false;
            case "hooked" -> host.installed = true;
            case "unhooked" -> host.installed = false;
            default -> host.room = Integer.parseInt(how);
        }
        pool.log(host.name, () -> what + " " + how);
    }

    private void cable(List<String> words) {
        if (words.get(0).equals("cut")) {
            pool.cut(words.get(1), words.get(2));
        } else if (words.size() == 2) {
            pool.mendAll();
        } else {
            pool.mend(words.get(1), words.get(2));
        }
    }

    private void device(List<String> words) {
        SimulatedDevice device = Objects.requireNonNull(pool.devices().get(words.get(1)), words.get(1));
        if (words.size() == 4) {
            device.takes = Words.time(words.get(3));
        } else {
            device.mode = SimulatedDevice.Mode.valueOf(words.get(2).toUpperCase(Locale.ROOT));
        }
    }

    /** As a start leaves it that died before it let the guest run. */
    private void leave(SimulatedGuest guest, SimulatedHost host) {
        host.active.put(guest.uuid, true);
        host.left.add(guest.uuid);
        pool.log(host.name, () -> "'" + guest.name + "' is left there, paused");
    }

    /** Somebody withdraws a permit with the next epoch, and is gone. */
    private void overtaken(SimulatedHost host, SimulatedGuest guest) {
        SimulatedHost.Guard guard = Objects.requireNonNull(host.guards.get(guest.uuid), guest.name);
        guard.highest++;
        guard.permit = 0;
        pool.log(host.name, () -> "hears of epoch " + guard.highest + " of '" + guest.name + "'");
    }

    private void stop(SimulatedGuest guest) {
        pool.hosts().forEach(host -> host.active.remove(guest.uuid));
        guest.shutDown = true;
    }

    private SimulatedGuest guest(String name) {
        return Objects.requireNonNull(pool.guest(name), name);
    }

    // vfrt.

    private void command(List<String> words) {
        String subject = words.size() > 1 ? words.get(1) : "";
        switch (words.get(0)) {
            case "alert" -> alert(words);
            case "planned" ->
                told(world -> tell(new FailOverPlanned(world)
                        .run(id(subject), words.size() > 2 ? Optional.of(words.get(2)) : Optional.empty())));
            case "failback" -> told(world -> tell(new FailBack(world).run(id(subject))));
            case "migrate" ->
                told(world -> new MoveProtected(world, (GuestPorts) world.activator())
                        .run(id(subject), Optional.of(words.get(2))));
            case "rejoin" -> told(world -> new Rejoin(world).run(subject));
            case "ask" ->
                told(world -> {
                    asked.put(subject, new ConfirmDead(world).boots(subject));
                    pool.log("person", "is asked whether " + subject + " is dead, " + asked.get(subject));
                });
            case "confirm" ->
                told(world -> {
                    ConfirmDead confirm = new ConfirmDead(world);
                    Set<String> boots =
                            Optional.ofNullable(asked.remove(subject)).orElseGet(() -> confirm.boots(subject));
                    confirm.run(subject, subject, words.get(3), boots);
                    pool.log("person", words.get(3) + " confirms that " + subject + " is dead, " + boots);
                });
            case "disarm" ->
                told(world -> new Arming(world.register(), world.clock())
                        .disarm(words.get(2), String.join(" ", words.subList(3, words.size()))));
            case "arm" -> told(world -> new Arming(world.register(), world.clock()).arm(words.get(2)));
            case "protect" ->
                scenario.guests().stream()
                        .filter(wish -> wish.name().equals(subject))
                        .forEach(wish -> protect(wish, words.get(2)));
            case "unprotect" ->
                told(world -> new UnprotectGuest(world).run(id(subject)).forEach(note -> pool.log("note", note)));
            case "status" -> told(this::status);
            default -> throw new IllegalStateException("no step '" + words + "'");
        }
    }

    /** What a command says when it fails is in the log. */
    private void told(java.util.function.Consumer<StandbyWorld> work) {
        stage.command(scenario.machines().get(0), work);
    }

    private UUID id(String guest) {
        return guest(guest).uuid;
    }

    private void alert(List<String> words) {
        boolean despite = words.contains("despite-many");
        String machine =
                words.contains("from") ? words.get(4) : scenario.machines().get(0);
        stage.command(machine, world -> {
            FailOver.Outcome outcome =
                    new FailOver(world).run(new FailOver.Request(words.get(1), Optional.of(words.get(2)), despite));
            if (outcome.known()) {
                pool.log("result", "this alert was dealt with before");
            }
            outcome.evidence().forEach(evidence -> pool.log("result", "evidence: " + evidence.text()));
            for (FailOver.Result result : outcome.guests()) {
                result.line().ifPresent(this::tell);
                result.failure()
                        .ifPresent(failure -> pool.log(
                                "result",
                                "'" + result.protection().name() + "' does not run: " + failure.getMessage()));
            }
        });
    }

    private void tell(FailOverPlanned.Outcome outcome) {
        tell(outcome.line());
    }

    private void tell(Ledger.Line line) {
        pool.log(
                "result",
                "'" + line.name() + "' runs on " + line.to()
                        + line.form().map(form -> ", " + form).orElse("")
                        + (line.form().filter(form -> form.startsWith("cold")).isPresent()
                                ? ", lost what was in memory"
                                : "")
                        + line.lost()
                                .filter(lost -> !lost.isZero())
                                .map(lost -> ", lost at most " + Amounts.duration(lost))
                                .orElse("")
                        + line.took()
                                .map(took -> ", up after " + Amounts.duration(took))
                                .orElse("")
                        + (line.healthy() ? "" : ", not healthy"));
    }

    private void status(StandbyWorld world) {
        StandbyStatus.Outcome outcome = new StandbyStatus(world).run();
        outcome.disarmed().ifPresent(why -> pool.log("status", why));
        outcome.failingOver().forEach(host -> pool.log("status", "host '" + host + "' is being failed over"));
        for (StandbyStatus.Row row : outcome.guests()) {
            pool.log(
                    "status",
                    "'" + row.protection().name() + "' "
                            + row.state().name().toLowerCase(Locale.ROOT).replace('_', ' ')
                            + row.claim()
                                    .map(claim -> ", " + claim.phase().name().toLowerCase(Locale.ROOT) + " by "
                                            + claim.at() + ", epoch " + claim.epoch())
                                    .orElse(", no claim")
                            + row.protection()
                                    .standby()
                                    .map(host -> ", standby on " + host)
                                    .orElse(", no standby host")
                            + row.age()
                                    .map(age -> ", copy of " + Amounts.duration(age) + " ago")
                                    .orElse(", no copy"));
        }
    }

    private void protect(Scenario.GuestWish wish, String on) {
        told(world -> new ProtectGuest(world)
                .run(new ProtectGuest.Request(
                        id(wish.name()),
                        wish.name(),
                        on,
                        wish.standby(),
                        wish.tier(),
                        wish.interval(),
                        wish.priority(),
                        wish.after().stream().map(this::id).toList(),
                        wish.recover(),
                        Sign.usual(),
                        wish.returns()))
                .notes()
                .forEach(note -> pool.log("note", note)));
    }
}
