package org.vfrt.core.standby;

/** Whether guests do what they are for. Safe for several threads. */
public interface Health {

    /** Asks a guest's own health check. A guest without one is healthy when it runs and its CPU time moves. Never throws because a guest or host does not answer. */
    Verdict check(Protection protection, String host);

    /** What came of it. */
    enum Verdict {
        HEALTHY,
        NOT_YET,
        /** Waiting will not help. */
        ILL
    }
}
