package org.vfrt.cli;

import java.nio.file.Path;
import java.util.Optional;
import org.vfrt.core.config.StoreLocation;

/**
 * What the command line says about where to find things. Whatever is empty comes from the environment or the configuration
 * file.
 *
 * @param configFile instead of the usual configuration files
 * @param connectUri one host instead of the configured ones
 * @param store instead of the configured one
 * @param insecure allow plain-text transports
 */
record Settings(
        Optional<Path> configFile, Optional<String> connectUri, Optional<StoreLocation> store, boolean insecure) {}
