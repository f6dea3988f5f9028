package org.vfrt.core.placement;

import java.time.Duration;

/**
 * What keeps a pool from being stirred for nothing. The index is that of {@link Score#index}.
 *
 * @param triggerIndex below it an even enough pool is left alone, unless rules are broken or a host is hot
 * @param leastGainIndex what each move must take off the index
 * @param leastGainShare what each move must take off it, as a share of it
 * @param movesMax how many moves a plan has that only evens out use; what mends rules is not counted
 * @param inflowMax how many guests come to a host at once, and go from it
 * @param parallelMax how many move at once in the whole pool
 * @param searchTries how many changes the search tries on its way to one layout
 * @param searchTime how long the search may take, if that is less
 */
public record Guards(
        double triggerIndex,
        double leastGainIndex,
        double leastGainShare,
        int movesMax,
        int inflowMax,
        int parallelMax,
        long searchTries,
        Duration searchTime) {

    /** Those that serve a pool that nobody said anything about. */
    public static final Guards DEFAULT = new Guards(10, 0.5, 0.02, 10, 1, 2, 400_000, Duration.ofMillis(500));

    /** Returns the same ones with another number of moves. */
    public Guards withMovesMax(int moves) {
        return new Guards(
                triggerIndex, leastGainIndex, leastGainShare, moves, inflowMax, parallelMax, searchTries, searchTime);
    }

    /** Returns the same ones, with so many guests moving at once, also to and from one host. */
    public Guards withParallel(int guests) {
        return new Guards(
                triggerIndex, leastGainIndex, leastGainShare, movesMax, guests, guests, searchTries, searchTime);
    }
}
