package org.vfrt.core.placement;

import java.time.Duration;
import java.util.List;

/**
 * A move of a plan, with what an operator asks about it.
 *
 * @param memoryBytes what the guest takes on either host
 * @param reason what the move is good for, in words
 * @param predicted how long it will probably take
 * @param predictedPause how long the guest will probably stand still
 * @param learnedFrom what these two were learned from
 * @param contributions what it adds to each part of the score when all moves before it are done; over all moves they add up to what the
 *     plan changes the score by. Guests that move as one share those of the first
 * @param candidates the other hosts as places for the guest at that moment; empty when nobody asked
 */
public record PlannedMove(
        Move move,
        long memoryBytes,
        String reason,
        Duration predicted,
        Duration predictedPause,
        LearnedFrom learnedFrom,
        List<Contribution> contributions,
        List<Candidate> candidates) {

    public PlannedMove {
        contributions = List.copyOf(contributions);
        candidates = List.copyOf(candidates);
    }
}
