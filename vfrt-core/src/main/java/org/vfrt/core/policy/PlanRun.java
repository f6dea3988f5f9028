package org.vfrt.core.policy;

import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.vfrt.core.checkpoint.CheckpointStore;
import org.vfrt.core.checkpoint.CreateCheckpoint;
import org.vfrt.core.checkpoint.Manifest;
import org.vfrt.core.drill.DrillCheckpoint;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.NotFound;
import org.vfrt.core.pool.Definition;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.GuestPattern;
import org.vfrt.core.pool.GuestState;
import org.vfrt.core.pool.Host;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.pool.OpenPool;
import org.vfrt.core.pool.Pool;

/** Finds the guests that policies name, on all hosts, and which of them are due. Changes nothing. */
public final class PlanRun {

    private final Pool pool;
    private final Policies policies;
    private final CheckpointStore store;
    private final Clock clock;

    public PlanRun(Pool pool, Policies policies, CheckpointStore store, Clock clock) {
        this.pool = pool;
        this.policies = policies;
        this.store = store;
        this.clock = clock;
    }

    /** What is to be done about a guest. */
    public enum Step {
        /** A checkpoint is due. */
        TAKE,
        /** There is one that is fresh enough. */
        WAIT,
        /** It is shut off, so its memory is nowhere. */
        REST
    }

    /** One guest and its policy. */
    public record Planned(Guest guest, Policy policy, Step step) {}

    /**
     * What could not be planned.
     *
     * @param host the host that it is about
     * @param guest the guest that it is about, by name; empty when it is the host as a whole
     */
    public record Trouble(Optional<String> host, Optional<String> guest, Failure failure) {}

    /**
     * The plan.
     *
     * @param guests in the order of their names
     * @param troubles what is amiss: nothing that a policy may mean is left out in silence
     */
    public record Plan(List<Planned> guests, List<Trouble> troubles) {}

    /**
     * Makes the plan.
     *
     * @param policyName for the guests of this policy only
     * @throws BadInput when the configuration has no policies or no hosts
     * @throws NotFound when there is no policy of that name
     */
    public Plan run(Optional<String> policyName) {
        if (policies.all().isEmpty()) {
            throw new BadInput(
                    "no-policies",
                    "the configuration has no policies",
                    "Say under 'policies' which guests get checkpoints, and how often.");
        }
        List<Policy> wanted = policyName.map(policies::named).map(List::of).orElse(policies.all());
        List<Planned> planned = new ArrayList<>();
        List<Trouble> troubles = new ArrayList<>();
        try (OpenPool hosts = pool.open()) {
            hosts.silent().forEach((host, failure) -> troubles.add(about(host, failure)));
            List<OpenPool.Located> guests = guests(hosts, troubles);
            boolean everyHostAnswered = troubles.isEmpty();
            List<Manifest> checkpoints = CreateCheckpoint.counting(store);
            for (OpenPool.Located located : guests) {
                try {
                    policyOf(located)
                            .filter(wanted::contains)
                            .ifPresent(policy -> planned.add(plan(located.guest(), policy, checkpoints)));
                } catch (Failure failure) {
                    troubles.add(new Trouble(
                            Optional.of(located.host().host().name()),
                            Optional.of(located.guest().name()),
                            failure));
                }
            }
            if (everyHostAnswered) {
                wanted.forEach(policy -> troubles.addAll(missing(policy, guests)));
            }
        }
        return new Plan(planned, troubles);
    }

    /** Each guest once: where it is active, else where it is defined. */
    private static List<OpenPool.Located> guests(OpenPool hosts, List<Trouble> troubles) {
        Map<UUID, OpenPool.Located> guests = new LinkedHashMap<>();
        for (Hypervisor hypervisor : hosts.answering()) {
            try {
                for (Guest guest : hypervisor.guests()) {
                    guests.merge(
                            guest.uuid(),
                            new OpenPool.Located(hypervisor, guest),
                            (known, other) -> known.guest().state().active() ? known : other);
                }
            } catch (Failure failure) {
                troubles.add(about(hypervisor.host(), failure));
            }
        }
        return guests.values().stream()
                .sorted(Comparator.comparing(
                                (OpenPool.Located located) -> located.guest().name())
                        .thenComparing(located -> located.guest().uuid()))
                .toList();
    }

    private Optional<Policy> policyOf(OpenPool.Located located) {
        Guest guest = located.guest();
        Supplier<Map<String, String>> labels =
                () -> Definition.parse(located.host().definition(guest.uuid())).labels();
        // One that is there for a minute, and whose name a pattern happens to mean.
        return DrillCheckpoint.isCopy(guest.name(), labels)
                ? Optional.empty()
                : policies.of(guest.name(), guest.uuid(), labels);
    }

    private Planned plan(Guest guest, Policy policy, List<Manifest> checkpoints) {
        if (guest.state() == GuestState.SHUT_OFF) {
            return new Planned(guest, policy, Step.REST);
        }
        Instant now = clock.instant();
        boolean fresh = CreateCheckpoint.fresh(checkpoints, guest.uuid(), policy.freshSince(now), now)
                .isPresent();
        return new Planned(guest, policy, fresh ? Step.WAIT : Step.TAKE);
    }

    /** A pattern may well mean nobody today. But whoever wrote a name relies on that guest's checkpoints. */
    private static List<Trouble> missing(Policy policy, List<OpenPool.Located> guests) {
        return policy.guests().stream()
                .filter(GuestPattern::literal)
                .filter(pattern -> guests.stream()
                        .noneMatch(located -> pattern.matches(
                                located.guest().name(), located.guest().uuid())))
                .map(pattern -> new Trouble(
                        Optional.empty(),
                        Optional.of(pattern.text()),
                        new NotFound(
                                "no-such-guest",
                                "policy '" + policy.name() + "' names guest '" + pattern + "', and no host knows it",
                                "Take it out of the policy, or see 'vfrt guest list'.")))
                .toList();
    }

    private static Trouble about(Host host, Failure failure) {
        return new Trouble(Optional.of(host.name()), Optional.empty(), failure);
    }
}
