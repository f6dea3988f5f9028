package org.vfrt.core.placement;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What became of a pool since somebody looked. */
final class PoolChanges {

    private final List<PlanDocument.Place> before;
    private final PoolLoad now;

    PoolChanges(List<PlanDocument.Place> before, PoolLoad now) {
        this.before = before;
        this.now = now;
    }

    List<String> sentences() {
        List<String> found = new ArrayList<>();
        Map<String, String> states = new LinkedHashMap<>();
        now.hosts().forEach(host -> states.put(host.name(), word(host.state())));
        Map<String, String> places = new LinkedHashMap<>();
        now.guests().forEach(guest -> places.put(guest.name(), guest.host()));
        for (PlanDocument.Place host : before) {
            String state = states.remove(host.name());
            if (state == null) {
                found.add("host '" + host.name() + "' is not in the pool any more");
            } else if (!state.equals(word(host.state()))) {
                found.add("host '" + host.name() + "' " + state + " now");
            }
            for (String guest : host.guests()) {
                String place = places.remove(guest);
                if (place == null) {
                    found.add("guest '" + guest + "' does not run any more");
                } else if (!place.equals(host.name())) {
                    found.add("guest '" + guest + "' is on '" + place + "' now");
                }
            }
        }
        states.keySet().forEach(host -> found.add("host '" + host + "' is new"));
        places.forEach((guest, host) -> found.add("guest '" + guest + "' runs on '" + host + "' now"));
        return found.isEmpty() ? List.of("a guest is another one, or of another size, than it was") : found;
    }

    private static String word(HostLoad.State state) {
        return switch (state) {
            case ONLINE -> "takes guests";
            case LEAVING -> "is being emptied";
            case UNKNOWN -> "does not answer";
        };
    }
}
