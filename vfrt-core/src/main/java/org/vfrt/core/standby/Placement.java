package org.vfrt.core.standby;

import java.util.List;
import java.util.Set;
import org.vfrt.core.failure.Reason;

/** Where guests fit, by the scorer. */
public interface Placement {

    /**
     * Ranks the hosts that take a guest.
     *
     * @param excluded hosts that are out of the question
     */
    Ranking rank(Protection protection, Purpose purpose, Set<String> excluded);

    /** What for. */
    enum Purpose {
        /** To run there, now. */
        ACTIVATION,
        /** To be kept ready there: in another failure domain, and with room for all that is kept ready there. */
        STANDBY
    }

    /**
     * The hosts.
     *
     * @param fit the best first
     * @param rejections why not the others
     */
    record Ranking(List<String> fit, List<Reason> rejections) {

        public Ranking {
            fit = List.copyOf(fit);
            rejections = List.copyOf(rejections);
        }
    }
}
