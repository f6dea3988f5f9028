package org.vfrt.core.pool;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vfrt.core.failure.BadInput;

/** Finds hosts of a configuration that are one machine: what runs there seems to run twice, and what is free there to be free twice. */
public final class SameMachine {

    private SameMachine() {}

    /** Returns how to refuse such a configuration, with the names of the first such hosts; empty when there are none, as far as the hosts tell. */
    public static Optional<BadInput> among(Map<Hypervisor, HostEquipment> equipment) {
        Map<String, List<String>> names = new LinkedHashMap<>();
        equipment.forEach((host, has) -> has.machine()
                .ifPresent(machine -> names.computeIfAbsent(machine, first -> new ArrayList<>())
                        .add("'" + host.host().name() + "'")));
        return names.values().stream()
                .filter(hosts -> hosts.size() > 1)
                .findFirst()
                .map(hosts -> new BadInput(
                        "same-host-twice",
                        "hosts " + String.join(" and ", hosts) + " of the configuration are one and the same machine",
                        "Leave one of them out of the configuration."));
    }
}
