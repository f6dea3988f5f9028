package org.vfrt.core.config;

import java.nio.file.Path;

/** Where the register is that all controllers of a pool agree on. */
public sealed interface RegisterPlace {

    /** A directory, for the controllers of one machine. */
    record Directory(Path path) implements RegisterPlace {}

    /** An etcd, for those of several. */
    record Etcd(EtcdSettings settings) implements RegisterPlace {}
}
