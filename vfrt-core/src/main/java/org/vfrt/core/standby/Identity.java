package org.vfrt.core.standby;

import org.vfrt.core.process.KnownProcess;

/** Which controller this is, so that another one can tell whether it still lives. */
public interface Identity {

    /** This process. */
    Identity PROCESS = new Identity() {
        @Override
        public String note() {
            return KnownProcess.note();
        }

        @Override
        public boolean isDead(String note) {
            return KnownProcess.isDead(note);
        }
    };

    /** Returns this controller, as {@link #isDead} knows it. */
    String note();

    /** Returns whether the controller that noted itself so is dead for sure: on another machine that is never known. */
    boolean isDead(String note);
}
