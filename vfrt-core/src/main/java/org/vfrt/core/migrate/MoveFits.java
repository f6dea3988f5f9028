package org.vfrt.core.migrate;

import java.util.List;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.placement.ChooseHost;
import org.vfrt.core.placement.GuestLoad;
import org.vfrt.core.placement.Metric;
import org.vfrt.core.placement.Move;
import org.vfrt.core.placement.PoolLoad;
import org.vfrt.core.placement.Rejection;

/**
 * Whether a pool is such that a move of a plan can be begun. The reserve for a host that dies is not asked for, because the plan as a whole keeps it, and not each move alone. Of guests that a rule keeps
 * together the first is begun only when there is room for all.
 */
final class MoveFits {

    private MoveFits() {}

    /** @throws Refused when the guest is not where it should come from, or its new host does not take it; the reasons are in it */
    static void demand(PoolLoad now, Move move) {
        String name = "guest '" + move.guest() + "'";
        GuestLoad guest = now.guests().stream()
                .filter(one -> one.name().equals(move.guest()))
                .findFirst()
                .orElseThrow(() -> new Refused("guest-gone", name + " does not run any more", CheckPlan.NEW_PLAN));
        if (!guest.host().equals(move.from())) {
            throw new Refused(
                    "guest-elsewhere",
                    name + " is on '" + guest.host() + "' now, not on '" + move.from() + "'",
                    CheckPlan.NEW_PLAN);
        }
        List<Reason> reasons = new ChooseHost(Metric.BALANCE)
                .run(now, move.guest()).stream()
                        .filter(candidate -> candidate.host().equals(move.to()))
                        .flatMap(candidate -> candidate.rejections().stream())
                        .filter(rejection -> rejection.code() != Rejection.Code.MEMORY_RESERVE_N1)
                        .map(rejection -> new Reason(rejection.code().text(), rejection.text(), CheckPlan.NEW_PLAN))
                        .toList();
        if (!reasons.isEmpty()) {
            throw new Refused(name + " does not go to host '" + move.to() + "', as the pool is now", reasons);
        }
    }
}
