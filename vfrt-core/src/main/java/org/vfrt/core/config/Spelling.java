package org.vfrt.core.config;

import java.util.Collection;
import java.util.Optional;

/** Finds the word that was meant. */
final class Spelling {

    private static final int LENGTH_MAX = 64;

    private Spelling() {}

    /** Returns the known word that is at most two slips away; none for words so short that anything is. */
    static Optional<String> nearest(String word, Collection<String> known) {
        if (word.length() > LENGTH_MAX) {
            return Optional.empty();
        }
        String nearest = "";
        int least = Math.min(2, (word.length() - 1) / 2) + 1;
        for (String candidate : known) {
            int distance = distance(word, candidate);
            if (distance < least) {
                least = distance;
                nearest = candidate;
            }
        }
        return nearest.isEmpty() ? Optional.empty() : Optional.of(nearest);
    }

    /** Letters to add, drop or change, and neighbours to swap. */
    private static int distance(String from, String to) {
        int[][] cost = new int[from.length() + 1][to.length() + 1];
        for (int i = 0; i <= from.length(); i++) {
            for (int j = 0; j <= to.length(); j++) {
                if (i == 0 || j == 0) {
                    cost[i][j] = i + j;
                    continue;
                }
                int change = from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1;
                cost[i][j] = Math.min(Math.min(cost[i - 1][j], cost[i][j - 1]) + 1, cost[i - 1][j - 1] + change);
                if (i > 1
                        && j > 1
                        && from.charAt(i - 1) == to.charAt(j - 2)
                        && from.charAt(i - 2) == to.charAt(j - 1)) {
                    cost[i][j] = Math.min(cost[i][j], cost[i - 2][j - 2] + 1);
                }
            }
        }
        return cost[from.length()][to.length()];
    }
}
