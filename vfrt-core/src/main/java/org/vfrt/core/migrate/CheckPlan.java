package org.vfrt.core.migrate;

import java.util.List;
import org.vfrt.core.failure.Busy;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.journal.GuestLocks;
import org.vfrt.core.placement.Move;
import org.vfrt.core.placement.PlanDocument;
import org.vfrt.core.placement.PoolLoad;

/** Makes sure that a plan, whenever it was made, would be done now, as far as that can be known before. */
public final class CheckPlan {

    static final String NEW_PLAN = "Make a new plan.";

    private final Road road;

    public CheckPlan(Road road) {
        this.road = road;
    }

    /**
     * Looks, and touches nothing.
     *
     * @param now the pool
     * @throws Refused when the pool is not the one that the plan was made for, or a move would be refused; each reason is in it
     * @throws Busy when moves would be refused only because other operations hold their guests
     */
    public void run(PlanDocument plan, PoolLoad now) {
        List<String> differences = plan.differences(now);
        if (differences.size() == 1) {
            throw new Refused(
                    "pool-changed", "the pool changed since the plan was made: " + differences.get(0), NEW_PLAN);
        }
        if (!differences.isEmpty()) {
            throw new Refused(
                    "the pool changed since the plan was made",
                    differences.stream()
                            .map(sentence -> new Reason("pool-changed", sentence, NEW_PLAN))
                            .toList());
        }
        // Rules and room are no part of what the plan was made for, and may have changed all the same.
        PoolLoad then = plan.seen(now);
        for (Move move : plan.plan().moves()) {
            MoveFits.demand(then, move);
            then = then.after(List.of(move));
        }
        Detours detours = new Detours(road);
        if (!detours.areClear(plan.plan().moves())) {
            List<String> guests = plan.plan().moves().stream()
                    .map(move -> move.guest())
                    .distinct()
                    .filter(guest -> !detours.of(guest).isEmpty())
                    .toList();
            String message = "the plan is not applied: " + guests.size() + " of its guests would not be moved";
            List<Reason> reasons = detours.found(guests);
            throw reasons.stream().allMatch(reason -> reason.code().equals(GuestLocks.BUSY))
                    ? new Busy(message, reasons)
                    : new Refused(message, reasons);
        }
    }
}
