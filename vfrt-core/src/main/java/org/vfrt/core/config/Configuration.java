package org.vfrt.core.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vfrt.core.key.KeyOrigin;
import org.vfrt.core.placement.PlacementSettings;
import org.vfrt.core.policy.Policies;
import org.vfrt.core.pool.Host;

/**
 * What vfrt was told: the pool and where things are kept.
 *
 * @param hosts the pool in the order it was written in, names and URIs unique; empty when no host was named
 * @param store where checkpoints are kept
 * @param storeS3 how the server of a store in a bucket is reached
 * @param storeKey where the key of an encrypted store comes from
 * @param storeReserveBytes of the store's file system that no checkpoint takes
 * @param stateDirectory where the journal and the locks are kept, absolute
 * @param insecure whether plain-text transports are allowed
 * @param maxPause the longest pause a checkpoint may cause; empty for no bound
 * @param policies which guests get checkpoints by themselves
 * @param placement where guests may be
 * @param standby what keeps guests ready elsewhere
 * @param origins where each key came from ({@code hosts}, {@code store}, {@code store_s3}, {@code store_key}, {@code store_reserve},
 *     {@code state}, {@code insecure}, {@code max_pause}, {@code policies}, {@code placement}, {@code standby}): {@code FILE:LINE}, the name of a variable or an option, or {@code default}
 */
public record Configuration(
        List<Host> hosts,
        StoreLocation store,
        S3Settings storeS3,
        Optional<KeyOrigin> storeKey,
        long storeReserveBytes,
        Path stateDirectory,
        boolean insecure,
        Optional<Duration> maxPause,
        Policies policies,
        PlacementSettings placement,
        StandbySettings standby,
        Map<String, String> origins) {

    public Configuration {
        hosts = List.copyOf(hosts);
        origins = Collections.unmodifiableMap(new LinkedHashMap<>(origins));
    }
}
