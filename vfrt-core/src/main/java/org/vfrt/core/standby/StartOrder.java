package org.vfrt.core.standby;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** In which order guests are started: by priority, and each after those that it needs. */
final class StartOrder {

    private StartOrder() {}

    /** Guests that need each other in a circle are started by priority: which is first then, nobody can know. */
    static List<Protection> of(List<Protection> guests) {
        List<Protection> byPriority = new ArrayList<>(guests);
        byPriority.sort(Comparator.comparingInt(Protection::priority).reversed().thenComparing(Protection::name));
        Map<UUID, Protection> all = new HashMap<>();
        byPriority.forEach(guest -> all.put(guest.guest(), guest));
        Set<Protection> ordered = new LinkedHashSet<>();
        byPriority.forEach(guest -> add(guest, all, new LinkedHashSet<>(), ordered));
        return List.copyOf(ordered);
    }

    private static void add(Protection guest, Map<UUID, Protection> all, Set<UUID> above, Set<Protection> ordered) {
        if (!above.add(guest.guest())) {
            return;
        }
        for (UUID needed : guest.after()) {
            if (all.containsKey(needed)) {
                add(all.get(needed), all, above, ordered);
            }
        }
        ordered.add(guest);
    }
}
