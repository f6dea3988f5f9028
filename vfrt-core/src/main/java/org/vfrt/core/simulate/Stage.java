package org.vfrt.core.simulate;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.standby.RunStandby;
import org.vfrt.core.standby.StandbyReport;
import org.vfrt.core.standby.StandbyWorld;

/** A pool with the controllers that work on it: one that runs all the time on each machine, and others that people and alerts start for one command. For one thread. */
final class Stage {

    private final SimulatedPool pool;
    private final Controller.Rules rules;
    private final UnaryOperator<StandbyWorld> twist;
    private final Map<String, Daemon> daemons = new HashMap<>();
    private final Deque<Controller> acting = new ArrayDeque<>();
    private int commands;

    Stage(SimulatedPool pool, Controller.Rules rules, UnaryOperator<StandbyWorld> twist) {
        this.pool = pool;
        this.rules = rules;
        this.twist = twist;
    }

    private record Daemon(Controller controller, RunStandby run) {}

    SimulatedPool pool() {
        return pool;
    }

    /** Returns how many are in the middle of something. */
    int depth() {
        return acting.size();
    }

    /** Starts a machine's standing controller, unless it runs. */
    void startDaemon(String machine) {
        Daemon there = daemons.get(machine);
        if (there == null || there.controller.dead()) {
            Controller controller = new Controller(pool, machine, machine, rules, twist);
            daemons.put(machine, new Daemon(controller, new RunStandby(controller.world(), machine)));
            if (there != null) {
                controller.log(() -> "starts again");
            }
        }
    }

    void killDaemon(String machine) {
        Daemon there = daemons.get(machine);
        if (there != null) {
            there.controller.die();
        }
    }

    /** Has a machine's standing controller do a round, if it runs and is not in the middle of one. */
    Optional<StandbyReport> round(String machine) {
        Daemon there = daemons.get(machine);
        if (there == null || there.controller.dead() || acting.contains(there.controller)) {
            return Optional.empty();
        }
        StandbyReport[] report = new StandbyReport[1];
        act(there.controller, world -> report[0] = there.run.round());
        return Optional.ofNullable(report[0]);
    }

    /**
     * Runs a command on a machine, as a process of its own.
     *
     * @return how it failed, if it did
     */
    Optional<Failure> command(String machine, Consumer<StandbyWorld> work) {
        commands++;
        Controller controller = new Controller(pool, machine + "/" + commands, machine, rules, twist);
        try {
            return act(controller, work);
        } finally {
            controller.end();
        }
    }

    private Optional<Failure> act(Controller controller, Consumer<StandbyWorld> work) {
        acting.push(controller);
        try {
            work.accept(controller.world());
            return Optional.empty();
        } catch (Failure e) {
            controller.log(() -> "fails: " + e.getMessage());
            for (Reason reason : e.reasons()) {
                controller.log(() -> "  " + reason.text());
            }
            return Optional.of(e);
        } catch (ControllerDeath e) {
            return Optional.empty();
        } finally {
            acting.pop();
        }
    }
}
