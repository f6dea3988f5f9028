package org.vfrt.core.config;

import java.util.List;
import java.util.Set;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.placement.PlacementSettings;

/**
 * What one file says about placement. Its hosts may be in another file, so whether they exist is found out at the end.
 *
 * @param hosts every host that it names
 * @param domains every failure domain
 */
record PlacementSource(PlacementSettings settings, List<Named> hosts, List<Named> domains) {

    static final PlacementSource DEFAULT = new PlacementSource(PlacementSettings.DEFAULT, List.of(), List.of());

    /** @param where the file and the line, as a mistake begins */
    record Named(String name, String where) {}

    /** @param known the hosts that there are */
    void check(Set<String> known, List<Reason> mistakes) {
        for (Named host : hosts) {
            if (!known.contains(host.name())) {
                mistakes.add(new Reason(
                        "unknown-host",
                        host.where() + " there is no host '" + host.name() + "' under 'hosts'",
                        Spelling.nearest(host.name(), known)
                                .map(word -> "Did you mean '" + word + "'?")
                                .orElse(
                                        known.isEmpty()
                                                ? "None is there."
                                                : "There are " + String.join(", ", known) + ".")));
            }
        }
        for (Named domain : domains) {
            if (known.contains(domain.name())) {
                // A host that is in no domain is one by itself, of its own name.
                mistakes.add(new Reason(
                        "bad-failure-domain",
                        domain.where() + " failure domain '" + domain.name() + "' is called like a host",
                        "Give it a name of its own."));
            }
        }
    }
}
