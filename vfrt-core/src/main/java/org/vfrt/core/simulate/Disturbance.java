package org.vfrt.core.simulate;

/** What happens while a controller is in the middle of a call to the world. */
@FunctionalInterface
interface Disturbance {

    /** Nothing does. */
    Disturbance NONE = (controller, call, moment) -> {};

    /**
     * Lets something happen. To have the controller die, it marks it as dead.
     *
     * @param call which one, for example {@code start}
     */
    void at(Controller controller, String call, Moment moment);

    /** When. */
    enum Moment {
        BEFORE,
        /** In the middle of what takes time. */
        DURING,
        AFTER
    }
}
