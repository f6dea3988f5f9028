package org.vfrt.core.pool;

import java.util.Optional;
import java.util.Set;

/**
 * What a host has that guests may need. Empty where the host could not be asked for it.
 *
 * @param networks bridges by their name, networks of libvirt as {@code network:NAME}; as {@link Definition#networks} has them
 * @param diskPaths which of the paths that were asked for exist
 * @param cpuFeatures of the processors, in any words that are the same for all hosts
 * @param machine what no other running machine has, in whatever words: two hosts that have the same are one
 */
public record HostEquipment(
        Optional<Set<String>> networks,
        Optional<Set<String>> diskPaths,
        Optional<Set<String>> cpuFeatures,
        Optional<String> machine) {

    /** Of a host that could be asked for nothing. */
    public static final HostEquipment UNKNOWN =
            new HostEquipment(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
}
