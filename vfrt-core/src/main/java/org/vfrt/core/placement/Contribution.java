package org.vfrt.core.placement;

import java.util.Optional;

/**
 * A share of what a move adds to one part of the score.
 *
 * @param resource what it is about; empty for rules
 * @param host the host whose use changes; empty for what comes of the change of the mean, and for rules
 * @param added less than zero when it betters the score
 */
public record Contribution(Part part, Optional<Resource> resource, Optional<String> host, double added) {

    /** The parts of a {@link Score} that a single move is known to change. */
    public enum Part {
        VIOLATIONS,
        SOFT_VIOLATIONS,
        OVERLOAD,
        IMBALANCE
    }
}
