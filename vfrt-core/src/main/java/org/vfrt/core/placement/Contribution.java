package org.vfrt.core.placement;

import java.util.List;
import java.util.Optional;

/**
 * A share of what a move adds to one part of the score.
 *
 * @param resource what it is about; empty for rules
 * @param host the host whose use changes; empty for what comes of the change of the mean, and for rules
 * @param added less than zero when it betters the score
 */
public record Contribution(Part part, Optional<Resource> resource, Optional<String> host, double added) {

    /** A move that adds to the memory, in bytes, of guests that would find no place if a host died; empty when it does not. */
    static List<Contribution> shortfall(long addedBytes) {
        return addedBytes == 0
                ? List.of()
                : List.of(new Contribution(
                        Part.SHORTFALL, Optional.of(Resource.MEMORY), Optional.empty(), (double) addedBytes));
    }

    /** The parts of a {@link Score}, in its order. */
    public enum Part {
        VIOLATIONS,
        SHORTFALL,
        SOFT_VIOLATIONS,
        OVERLOAD,
        IMBALANCE
    }
}
