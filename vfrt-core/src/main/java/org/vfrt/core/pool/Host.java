package org.vfrt.core.pool;

import java.util.Optional;

/**
 * One Xen machine of the pool.
 *
 * @param name the name it has in the configuration, unique in the pool
 * @param uri its libvirt URI
 * @param captureAddress the address at which this host reaches vfrt for a plain TCP data stream; empty for the default, a
 *     tunnel through ssh (or loopback where vfrt runs on the host itself)
 */
public record Host(String name, HostUri uri, Optional<String> captureAddress) {}
