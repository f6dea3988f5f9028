package org.vfrt.core.simulate;

import java.time.Duration;
import java.util.List;
import org.vfrt.core.evidence.FenceDevice;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Temporary;

/** A fence device as it really is. A host with several devices has power as long as one gives it. */
final class SimulatedDevice {

    /** How it behaves. */
    enum Mode {
        GOOD,
        /** It has no power or network itself. */
        DEAD,
        /** It says off, and switches nothing. */
        LYING,
        /** It takes the order, and goes on saying on. */
        STUCK,
        /** Its password has expired. */
        LOCKED
    }

    private static final Duration ANSWERS = Duration.ofMillis(200);

    private final SimulatedPool pool;
    private final String name;
    private final SimulatedHost host;
    Mode mode = Mode.GOOD;
    Duration takes = Duration.ofSeconds(2);
    /** Whether it gives power. */
    boolean gives = true;

    SimulatedDevice(SimulatedPool pool, String name, SimulatedHost host) {
        this.pool = pool;
        this.name = name;
        this.host = host;
    }

    String name() {
        return name;
    }

    SimulatedHost host() {
        return host;
    }

    /** Returns the device as a controller uses it. */
    FenceDevice of(Controller controller) {
        return new Used(controller);
    }

    /** A device at the end of a controller's cable. */
    private final class Used implements FenceDevice {

        private final Controller controller;

        Used(Controller controller) {
            this.controller = controller;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public Power status(Duration within) {
            return controller.call("status", () -> {
                demandAnswer(within, ANSWERS, () -> {});
                Power power = saysOn() ? Power.ON : Power.OFF;
                controller.log(() -> name + " says " + (power == Power.ON ? "on" : "off"));
                return power;
            });
        }

        @Override
        public void off(Duration within) {
            controller.call("off", () -> {
                controller.log(() -> name + " is told to switch off");
                demandAnswer(within, takes, SimulatedDevice.this::switchOff);
                switchOff();
                return name;
            });
        }

        @Override
        public void on(Duration within) {
            controller.call("on", () -> {
                demandAnswer(within, takes, () -> {});
                controller.pool().powerOn(host);
                return name;
            });
        }

        /** @param late what happens when it does what it was told too late to say so */
        private void demandAnswer(Duration within, Duration needed, Runnable late) {
            if (mode == Mode.DEAD || !controller.pool().joined(controller.machine(), name)) {
                controller.pass(within);
                controller.log(() -> name + " does not answer");
                throw new Temporary("fence-silent", "it does not answer within " + within.toSeconds() + " s", "");
            }
            if (mode == Mode.LOCKED) {
                controller.log(() -> name + " refuses the password");
                throw new Failed("fence-password", "it refuses the password", "Set a new one.");
            }
            if (needed.compareTo(within) > 0) {
                controller.pool().time().after(needed, late);
                controller.pass(within);
                controller.log(() -> name + " does not answer in time");
                throw new Temporary("fence-slow", "it does not answer within " + within.toSeconds() + " s", "");
            }
            controller.pass(needed);
        }
    }

    /** A management controller knows whether its machine runs; an outlet knows whether it gives power. */
    private boolean saysOn() {
        return switch (mode) {
            case LYING -> false;
            case STUCK -> true;
            default -> level().size() == 1 ? host.up : gives;
        };
    }

    private void switchOff() {
        if (mode == Mode.GOOD) {
            gives = false;
            if (level().stream().noneMatch(device -> device.gives)) {
                pool.powerOff(host, "loses its power");
            }
        }
    }

    private List<SimulatedDevice> level() {
        return host.fence.stream()
                .filter(level -> level.contains(this))
                .findFirst()
                .orElse(List.of(this));
    }
}
