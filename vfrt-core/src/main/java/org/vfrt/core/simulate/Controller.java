package org.vfrt.core.simulate;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.vfrt.core.claim.Register;
import org.vfrt.core.evidence.Evidence;
import org.vfrt.core.evidence.EvidenceRecords;
import org.vfrt.core.evidence.ProveDeath;
import org.vfrt.core.failure.Temporary;
import org.vfrt.core.pool.Host;
import org.vfrt.core.pool.HostUri;
import org.vfrt.core.pool.Pool;
import org.vfrt.core.process.Ticker;
import org.vfrt.core.standby.Identity;
import org.vfrt.core.standby.StandbyRules;
import org.vfrt.core.standby.StandbyWorld;

/** One process of vfrt on one machine, and all that it has of the world: each call of it passes through {@link #call}, where it can be cut off, stall or die. */
final class Controller {

    /** How long a host that does not answer is waited for. */
    private static final Duration SILENCE = Duration.ofSeconds(3);

    private final SimulatedPool pool;
    private final String name;
    private final String machine;
    private final int number;
    private final List<Register.Term> terms = new ArrayList<>();
    private final StandbyWorld world;
    private boolean dead;
    private String doing = "";

    /** @param twist what is to be otherwise than it should be, to show that it would be found */
    Controller(SimulatedPool pool, String name, String machine, Rules rules, UnaryOperator<StandbyWorld> twist) {
        this.pool = pool;
        this.name = name;
        this.machine = machine;
        this.number = pool.oneMoreController();
        this.world = twist.apply(world(rules));
    }

    /**
     * What the configuration says.
     *
     * @param fenceWithin how long a device may take
     */
    record Rules(StandbyRules standby, Set<Evidence.Kind> evidence, Duration fenceWithin) {

        static final Rules DEFAULT =
                new Rules(StandbyRules.DEFAULT, Set.of(Evidence.Kind.values()), Duration.ofSeconds(20));
    }

    private StandbyWorld world(Rules rules) {
        Register register = new ControllerRegister(this);
        HostPorts hosts = new HostPorts(this);
        Pool there = new Pool(
                pool.hosts().stream()
                        .map(host -> new Host(
                                host.name, HostUri.parse("xen+ssh://" + host.name + "/system"), Optional.empty()))
                        .toList(),
                hosts::connect);
        EvidenceRecords evidence = new EvidenceRecords(register, rules.evidence());
        Clock clock = new MachineClock();
        Ticker ticker = new MachineTicker();
        ProveDeath proof = new ProveDeath(
                evidence,
                host -> pool.host(host).fence.stream()
                        .map(level ->
                                level.stream().map(device -> device.of(this)).toList())
                        .toList(),
                hosts::lease,
                hosts::look,
                clock,
                ticker,
                rules.fenceWithin());
        GuestPorts guests = new GuestPorts(this);
        return new StandbyWorld(
                register,
                there,
                hosts,
                hosts::look,
                evidence,
                proof,
                guests,
                guests,
                guests,
                guests,
                guests,
                guests,
                new SimulatedIdentity(),
                clock,
                ticker,
                rules.standby());
    }

    SimulatedPool pool() {
        return pool;
    }

    String name() {
        return name;
    }

    String machine() {
        return machine;
    }

    StandbyWorld world() {
        return world;
    }

    boolean dead() {
        return dead;
    }

    /** It is killed: at its next call, at the latest. What it leads is free at once, as a file lock is. */
    void die() {
        if (!dead) {
            dead = true;
            end();
            terms.forEach(Register.Term::close);
            log(() -> "dies");
        }
    }

    /** It is no process any more. */
    void end() {
        pool.endsController(number);
    }

    void leads(Register.Term term) {
        terms.add(term);
    }

    void log(Supplier<String> what) {
        pool.log(name, what);
    }

    /** A call to the world. Around it, anything may happen. */
    <T> T call(String what, Supplier<T> effect) {
        pool.event();
        demandAlive();
        pool.disturbance().at(this, what, Disturbance.Moment.BEFORE);
        demandAlive();
        String outer = doing;
        doing = what;
        T answer;
        try {
            answer = effect.get();
        } finally {
            doing = outer;
        }
        pool.disturbance().at(this, what, Disturbance.Moment.AFTER);
        demandAlive();
        return answer;
    }

    private void demandAlive() {
        if (dead) {
            throw new ControllerDeath();
        }
    }

    /** Waits, in the middle of a call. */
    void pass(Duration time) {
        Duration half = time.dividedBy(2);
        pool.time().sleep(half);
        pool.disturbance().at(this, doing, Disturbance.Moment.DURING);
        pool.time().sleep(time.minus(half));
    }

    /** Has a host answer. */
    SimulatedHost reach(String host) {
        SimulatedHost there = pool.host(host);
        if (!there.up || !pool.joined(machine, host)) {
            pass(SILENCE);
            throw new Temporary("host-silent", "host '" + host + "' does not answer", "");
        }
        return there;
    }

    /** Another machine does not know who is dead on this one. */
    private final class SimulatedIdentity implements Identity {

        @Override
        public String note() {
            return machine + " " + number;
        }

        @Override
        public boolean isDead(String other) {
            return other.startsWith(machine + " ")
                    && pool.hasEnded(Integer.parseInt(other.substring(machine.length() + 1)));
        }
    }

    /** The machine's clock, which can be set. */
    private final class MachineClock extends Clock {

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return pool.time().instant().plus(pool.clockOf(machine));
        }
    }

    /** Time as it passes on the machine. */
    private final class MachineTicker implements Ticker {

        @Override
        public Duration elapsed() {
            return pool.time().elapsed();
        }

        @Override
        public void sleep(Duration time) {
            call("sleep", () -> {
                pass(time);
                return time;
            });
        }
    }
}
