package org.vfrt.core.config;

import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;

/**
 * How an object store is reached.
 *
 * @param endpoint the server; empty for the one that belongs to the region
 * @param pathStyle whether the bucket's name is in the path, and not in the server's name
 * @param credentialsFile where the credentials are; empty for those of the environment
 * @param cacheBytes how much of packs is kept on this machine at most
 */
public record S3Settings(
        Optional<URI> endpoint, String region, boolean pathStyle, Optional<Path> credentialsFile, long cacheBytes) {

    /** Enough for the packs of some guests; what does not fit costs space in the bucket. */
    public static final long CACHE_BYTES = 4L << 30;

    /** What servers without regions call themselves. */
    public static final String REGION = "us-east-1";

    /** What holds when nothing is said. */
    public static final S3Settings DEFAULT =
            new S3Settings(Optional.empty(), REGION, false, Optional.empty(), CACHE_BYTES);

    /** Returns whether what is asked and answered can be read on its way by others than this machine. */
    public boolean crossesNetworkInClear() {
        return endpoint.filter(Values::crossesNetworkInClear).isPresent();
    }
}
