package org.vfrt.core.placement;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.vfrt.core.pool.GuestPattern;

/**
 * A rule as an operator writes it, about guests that come and go.
 *
 * @param name how messages call it
 * @param hard whether it must hold, or only should
 * @param guests whom it is about: all that one of these means
 * @param hosts names of hosts, for {@link Rule.Kind#ON} and {@link Rule.Kind#NOT_ON}
 */
public record StandingRule(String name, Rule.Kind kind, boolean hard, List<GuestPattern> guests, List<String> hosts) {

    public StandingRule {
        guests = List.copyOf(guests);
        hosts = List.copyOf(hosts);
    }

    /** Returns the rule about those of some guests that it means, perhaps none. */
    Rule about(Map<String, UUID> some) {
        return new Rule(
                name,
                kind,
                hard,
                some.entrySet().stream()
                        .filter(guest ->
                                guests.stream().anyMatch(pattern -> pattern.matches(guest.getKey(), guest.getValue())))
                        .map(Map.Entry::getKey)
                        .collect(Collectors.toSet()),
                Set.copyOf(hosts));
    }
}
