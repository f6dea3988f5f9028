package org.vfrt.core.checkpoint;

import java.util.Comparator;
import java.util.Optional;
import org.vfrt.core.failure.Temporary;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.pool.OpenPool;

/** Where a guest is restored, and why there. */
record TargetChoice(Hypervisor host, String reason) {

    /**
     * Takes the host that was asked for, else the one the checkpoint came from, else the one with the most free memory.
     *
     * @throws org.vfrt.core.failure.NotFound when the host that was asked for is not in the pool
     * @throws Temporary when no host answers
     */
    static TargetChoice of(Optional<String> asked, Manifest manifest, OpenPool hosts) {
        if (asked.isPresent()) {
            return new TargetChoice(hosts.host(asked.get()), "asked for");
        }
        return hosts.answering().stream()
                .filter(manifest::takenOn)
                .findFirst()
                .map(host -> new TargetChoice(host, "the checkpoint was taken there"))
                .or(() -> hosts.answering().stream()
                        .max(Comparator.comparingLong(host -> host.facts().freeMemoryBytes()))
                        .map(host -> new TargetChoice(host, "it has the most free memory")))
                .orElseThrow(() ->
                        new Temporary("no-host-answers", "no host of the pool answers", "See 'vfrt host check'."));
    }
}
