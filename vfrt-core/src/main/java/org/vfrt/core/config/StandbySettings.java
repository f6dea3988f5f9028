package org.vfrt.core.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.vfrt.core.evidence.Evidence;
import org.vfrt.core.evidence.FenceSettings;

/**
 * What standby was told.
 *
 * @param asked whether the configuration says anything of standby, so that hosts have to be ready for it
 * @param register where controllers agree; empty for a directory beside the state
 * @param watchdog how long after its controllers fell silent a host resets itself at the latest; empty for never
 * @param evidence the kinds of evidence that will do for a host's death; that a host let go of one guest always will
 * @param epochs where the epochs of guests of the hot tier are kept; empty for a directory beside the state
 * @param fence by host, the levels of devices that take its power away: the devices of one level all have to say off, and when they do not, the next level is tried
 */
public record StandbySettings(
        boolean asked,
        Optional<RegisterPlace> register,
        Optional<Duration> watchdog,
        Set<Evidence.Kind> evidence,
        Optional<Path> epochs,
        Map<String, List<List<FenceSettings>>> fence) {

    /** All that a host's death can be known by. */
    public static final Set<Evidence.Kind> EVIDENCE =
            Set.of(Evidence.Kind.FENCED, Evidence.Kind.SELF_FENCED, Evidence.Kind.REBOOTED, Evidence.Kind.CONFIRMED);

    /** What holds when nothing is said. */
    public static final StandbySettings DEFAULT =
            new StandbySettings(false, Optional.empty(), Optional.empty(), EVIDENCE, Optional.empty(), Map.of());

    public StandbySettings {
        evidence = Set.copyOf(evidence);
        fence = new LinkedHashMap<>(fence);
    }

    /** Returns the same with other fence devices. */
    StandbySettings with(Map<String, List<List<FenceSettings>>> devices) {
        return new StandbySettings(asked, register, watchdog, evidence, epochs, devices);
    }

    /** Returns the devices of a host, by level; empty when it has none. */
    public List<List<FenceSettings>> fence(String host) {
        return fence.getOrDefault(host, List.of());
    }
}
