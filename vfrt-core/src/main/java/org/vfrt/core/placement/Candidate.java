package org.vfrt.core.placement;

import java.util.ArrayList;
import java.util.List;

/**
 * A host, as a place for one guest.
 *
 * @param rejections why it is not taken; empty when it could be
 * @param contributions what the move there would add to each part of the score; their sum is what the score changes by
 */
public record Candidate(String host, List<Rejection> rejections, List<Contribution> contributions) {

    public Candidate {
        rejections = List.copyOf(rejections);
        contributions = List.copyOf(contributions);
    }

    /** Returns whether the guest can be put there. */
    public boolean accepted() {
        return rejections.isEmpty();
    }

    /** Returns what the move would add to one part of the score. */
    public double added(Contribution.Part part) {
        return contributions.stream()
                .filter(one -> one.part() == part)
                .mapToDouble(Contribution::added)
                .sum();
    }

    /** Returns the same host, which is not taken for one reason more. */
    Candidate without(Rejection reason) {
        List<Rejection> all = new ArrayList<>(rejections);
        all.add(reason);
        return new Candidate(host, all, contributions);
    }

    /** Returns the same host, with what else the move there would add. */
    Candidate with(List<Contribution> more) {
        List<Contribution> all = new ArrayList<>(contributions);
        all.addAll(more);
        return new Candidate(host, rejections, all);
    }
}
