package org.vfrt.core.policy;

import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.vfrt.core.drill.DrillOrder;
import org.vfrt.core.drill.DrillRecord;
import org.vfrt.core.drill.DrillRecords;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.pool.Guest;

/** Finds the guests whose policies have drills, and which of them are due. Changes nothing. */
public final class PlanDrills {

    private final PlanRun run;
    private final Policies policies;
    private final DrillRecords records;
    private final Clock clock;

    public PlanDrills(PlanRun run, Policies policies, DrillRecords records, Clock clock) {
        this.run = run;
        this.policies = policies;
        this.records = records;
        this.clock = clock;
    }

    /**
     * One guest and its order.
     *
     * @param last its last drill that passed or failed
     */
    public record Planned(Guest guest, String policyName, DrillOrder order, Optional<DrillRecord> last, boolean due) {}

    /**
     * The plan.
     *
     * @param guests in the order of their names
     * @param troubles what is amiss: nothing that a policy may mean is left out in silence
     */
    public record Plan(List<Planned> guests, List<PlanRun.Trouble> troubles) {}

    /**
     * Makes the plan.
     *
     * @throws BadInput when no policy has drills
     */
    public Plan run() {
        if (policies.all().stream().allMatch(policy -> policy.drill().isEmpty())) {
            throw new BadInput(
                    "no-drills",
                    "no policy of the configuration has a 'drill'",
                    "Say in a policy how often its guests' checkpoints are to be tried, for example 'drill: {every: 7d}'.");
        }
        PlanRun.Plan all = run.run(Optional.empty());
        List<Planned> planned = new ArrayList<>();
        for (PlanRun.Planned one : all.guests()) {
            one.policy().drill().ifPresent(order -> {
                Optional<DrillRecord> last = records.lastOf(one.guest().uuid());
                planned.add(
                        new Planned(one.guest(), one.policy().name(), order, last, order.due(last, clock.instant())));
            });
        }
        return new Plan(planned, all.troubles());
    }
}
