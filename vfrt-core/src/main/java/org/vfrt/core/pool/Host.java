package org.vfrt.core.pool;

import java.util.Optional;

/**
 * One Xen machine of the pool.
 *
 * @param name the name it has in the configuration, unique in the pool
 * @param uri its libvirt URI
 * @param captureAddress the address at which this host reaches vfrt for a plain TCP data stream; empty for the default, a
 *     tunnel through ssh (or loopback where vfrt runs on the host itself)
 * @param migrationAddress the address at which other hosts reach this one for a live migration in clear; empty for the default, a
 *     tunnel through ssh
 */
public record Host(String name, HostUri uri, Optional<String> captureAddress, Optional<String> migrationAddress) {

    /** A host to which nothing goes in clear between hosts. */
    public Host(String name, HostUri uri, Optional<String> captureAddress) {
        this(name, uri, captureAddress, Optional.empty());
    }
}
