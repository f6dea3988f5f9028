package org.vfrt.core.migrate;

import java.util.List;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.placement.Move;

/** What tells beforehand which moves would be refused when their turn comes. */
@FunctionalInterface
public interface Road {

    /** Nobody is asked. */
    Road CLEAR = moves -> List.of();

    /**
     * Asks about moves, which follow one another. Changes nothing.
     *
     * @return what is in the way, every reason at once; nothing of moves that would be begun
     */
    List<Obstacle> obstacles(List<Move> moves);

    /**
     * Why a move would be refused.
     *
     * @param wherever whether the guest could go to no other host either, as long as that is so
     */
    record Obstacle(Move move, boolean wherever, List<Reason> reasons) {

        public Obstacle {
            reasons = List.copyOf(reasons);
        }
    }
}
