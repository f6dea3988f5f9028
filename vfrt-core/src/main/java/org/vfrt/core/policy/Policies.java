package org.vfrt.core.policy;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.NotFound;

/** The policies of one configuration. */
public record Policies(List<Policy> all) {

    public Policies {
        all = List.copyOf(all);
    }

    /**
     * Returns the policy of a guest; empty when there is none.
     *
     * @param labels what its definition carries; asked for only when a policy is about labels
     * @throws BadInput when there are several: the order in a file decides nothing, since a rule that removes would win by accident
     */
    public Optional<Policy> of(String guestName, UUID uuid, Supplier<Map<String, String>> labels) {
        Map<String, String> carried =
                all.stream().allMatch(policy -> policy.labels().isEmpty()) ? Map.of() : labels.get();
        List<Policy> matching = all.stream()
                .filter(policy -> policy.matches(guestName, uuid, carried))
                .toList();
        if (matching.size() > 1) {
            throw new BadInput(
                    "several-policies",
                    "guest '" + guestName + "' belongs to the policies " + names(matching),
                    "Change 'guests' or 'metadata' of the policies so that only one of them means it.");
        }
        return matching.stream().findFirst();
    }

    /**
     * Returns the policy of this name.
     *
     * @throws NotFound when there is none
     */
    Policy named(String name) {
        return all.stream()
                .filter(policy -> policy.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new NotFound(
                        "no-such-policy",
                        "there is no policy '" + name + "' in the configuration",
                        all.isEmpty() ? "Write one under 'policies'." : "There are " + names(all) + "."));
    }

    private static String names(List<Policy> policies) {
        return policies.stream().map(policy -> "'" + policy.name() + "'").collect(Collectors.joining(", "));
    }
}
