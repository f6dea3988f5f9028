package org.vfrt.core.standby;

import java.util.List;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.sign.Sign;

/** Whether guests do what they are for. Safe for several threads. */
public interface Health {

    /** Looks for a guest's own sign of life. A guest without one is healthy when it runs and its CPU time moves. Never throws because a guest or host does not answer. */
    Verdict check(Protection protection, String host);

    /** Asks why nobody here can look for a sign. Changes nothing. */
    default List<Reason> obstacles(Sign sign) {
        return List.of();
    }

    /** What came of it. */
    enum Verdict {
        HEALTHY,
        NOT_YET,
        /** Waiting will not help. */
        ILL
    }
}
