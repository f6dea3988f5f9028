package org.vfrt.core.simulate;

/** A controller dies. No failure: nothing in it may go on, whatever it catches. */
final class ControllerDeath extends Error {

    private static final long serialVersionUID = 1L;

    ControllerDeath() {
        // The stack is of no interest, and there are many.
        super("a controller dies", null, false, false);
    }
}
