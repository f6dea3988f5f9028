package org.vfrt.core.placement;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A plan with all that is needed to apply it later, by somebody else.
 *
 * @param emptied the host that the guests shall leave, if that is what the plan is for
 * @param seed of the search
 * @param hosts the pool as it was, each host with the names of its guests
 * @param moves those of the plan, in its order
 */
public record PlanDocument(
        Instant madeAt,
        Optional<String> emptied,
        PlanMoves.Goal goal,
        long seed,
        List<Place> hosts,
        Plan plan,
        List<PlannedMove> moves) {

    /** @throws IllegalArgumentException when the moves are not those of the plan */
    public PlanDocument {
        hosts = List.copyOf(hosts);
        moves = List.copyOf(moves);
        if (!moves.stream().map(PlannedMove::move).toList().equals(plan.moves())) {
            throw new IllegalArgumentException("the moves are not those of the plan");
        }
    }

    /** A host and its guests. */
    public record Place(String name, HostLoad.State state, List<String> guests) {

        public Place {
            guests = List.copyOf(guests);
        }
    }

    /** Returns the moves, wave by wave. */
    public List<List<PlannedMove>> waves() {
        List<List<PlannedMove>> waves = new ArrayList<>();
        int begun = 0;
        for (List<Move> wave : plan.waves()) {
            waves.add(moves.subList(begun, begun + wave.size()));
            begun += wave.size();
        }
        return waves;
    }

    /** Returns a pool as this plan looks at it: the host that is to be emptied takes no guests. */
    public PoolLoad seen(PoolLoad pool) {
        return emptied.map(host -> pool.with(host, HostLoad.State.LEAVING)).orElse(pool);
    }

    /**
     * Says in words how a pool differs from the one that the plan was made for.
     *
     * @return one sentence for each difference; empty when the plan is good for it
     */
    public List<String> differences(PoolLoad pool) {
        PoolLoad now = seen(pool);
        return PoolDigest.of(now).equals(plan.digest()) ? List.of() : new PoolChanges(hosts, now).sentences();
    }
}
