package org.vfrt.core.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vfrt.core.evidence.FenceSettings;
import org.vfrt.core.key.KeyOrigin;
import org.vfrt.core.policy.Policy;
import org.vfrt.core.pool.Host;

/** What one source says. What it says nothing of is empty. */
record Settings(
        Optional<Sourced<List<Host>>> hosts,
        Optional<Sourced<StoreLocation>> store,
        Optional<Sourced<S3Settings>> storeS3,
        Optional<Sourced<KeyOrigin>> storeKey,
        Optional<Sourced<Long>> storeReserve,
        Optional<Sourced<Path>> state,
        Optional<Sourced<Boolean>> insecure,
        Optional<Sourced<Duration>> maxPause,
        Optional<Sourced<List<Policy>>> policies,
        Optional<Sourced<PlacementSource>> placement,
        Optional<Sourced<Map<String, List<List<FenceSettings>>>>> fence,
        Optional<Sourced<StandbySettings>> standby) {

    static final Settings NONE = new Settings(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());

    /** Returns these settings, and where they say nothing, the others. */
    Settings over(Settings lower) {
        return new Settings(
                hosts.or(lower::hosts),
                store.or(lower::store),
                storeS3.or(lower::storeS3),
                storeKey.or(lower::storeKey),
                storeReserve.or(lower::storeReserve),
                state.or(lower::state),
                insecure.or(lower::insecure),
                maxPause.or(lower::maxPause),
                policies.or(lower::policies),
                placement.or(lower::placement),
                fence.or(lower::fence),
                standby.or(lower::standby));
    }

    /** A value and where it came from. */
    record Sourced<T>(T value, String origin) {}
}
