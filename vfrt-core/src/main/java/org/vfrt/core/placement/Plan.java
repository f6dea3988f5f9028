package org.vfrt.core.placement;

import java.util.List;

/**
 * Moves that better a pool, in an order in which every one of them can be done, with the pool no worse for it at any moment.
 *
 * @param digest tells the layout that the plan was made for from any other
 * @param before the score of that layout
 * @param after the score when all is done
 * @param waves what can be done at the same time, one wave after the other
 * @param unsolved in words, what breaks rules and stays so; guests that fit nowhere among them
 * @param cut whether the number of moves or the time ended the search, so that there may be more to gain
 */
public record Plan(
        String digest, Score before, Score after, List<List<Move>> waves, List<Unsolved> unsolved, boolean cut) {

    public Plan {
        waves = waves.stream().map(List::copyOf).toList();
        unsolved = List.copyOf(unsolved);
    }

    /**
     * A guest that is where it must not be, or beside or without guests that a hard rule is about, and for which there is no other place.
     *
     * @param candidates why each other host was not taken
     */
    public record Unsolved(String guest, String host, List<Candidate> candidates) {}

    /** Returns all moves, in order. */
    public List<Move> moves() {
        return waves.stream().flatMap(List::stream).toList();
    }
}
