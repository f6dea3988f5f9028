package org.vfrt.core.placement;

import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * What an operator says about where guests may be.
 *
 * @param reserveBytes memory of each host that no guest gets; empty for a fiftieth of it, at least 1 GiB
 * @param vcpusPerCpu how many virtual CPUs a physical one should carry
 * @param vcpusPerCpuMax beyond how many no guest is put on a host
 * @param failureDomains the domain of each host that fails together with others
 * @param rules which guests belong together or apart, and on which hosts; guests can carry more of them as labels
 */
public record PlacementSettings(
        OptionalLong reserveBytes,
        double vcpusPerCpu,
        double vcpusPerCpuMax,
        Map<String, String> failureDomains,
        List<StandingRule> rules) {

    /** Those that hold when nobody says anything. */
    public static final PlacementSettings DEFAULT =
            new PlacementSettings(OptionalLong.empty(), 4, 8, Map.of(), List.of());

    private static final long RESERVE_MIN_BYTES = 1L << 30;
    private static final int RESERVE_SHARE = 50;

    public PlacementSettings {
        failureDomains = Map.copyOf(failureDomains);
        rules = List.copyOf(rules);
    }

    long reserveBytes(long memoryBytes) {
        return reserveBytes.orElse(Math.max(RESERVE_MIN_BYTES, memoryBytes / RESERVE_SHARE));
    }
}
