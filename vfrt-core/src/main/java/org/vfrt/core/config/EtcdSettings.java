package org.vfrt.core.config;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.vfrt.core.key.KeyOrigin;

/**
 * How an etcd is reached. Holds no secret.
 *
 * @param endpoints its members, of which any will do, in the order in which they are tried
 * @param prefix what all keys of this pool begin with
 * @param authorities the certificates that its members' are signed with; empty for those that this machine trusts
 * @param certificate what vfrt shows of itself; together with {@code key}
 * @param key the certificate's key, in a file that nobody else reads
 * @param user whom etcd knows vfrt as; together with {@code password}
 */
public record EtcdSettings(
        List<URI> endpoints,
        String prefix,
        Optional<Path> authorities,
        Optional<Path> certificate,
        Optional<Path> key,
        Optional<String> user,
        Optional<KeyOrigin> password) {

    /** What keys begin with when nothing is said. */
    public static final String PREFIX = "vfrt/";

    public EtcdSettings {
        endpoints = List.copyOf(endpoints);
    }

    /** Returns whether what is asked and answered can be read, and changed, on its way by others than this machine. */
    public boolean crossesNetworkInClear() {
        return endpoints.stream().anyMatch(Values::crossesNetworkInClear);
    }
}
