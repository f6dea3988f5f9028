package org.vfrt.core.migrate;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * One migration that was done, as later ones learn from it.
 *
 * @param at when it had ended
 * @param from the name of the host it came from
 * @param to the name of the host it went to
 */
public record MigrationRecord(
        Instant at,
        UUID guest,
        String from,
        String to,
        long memoryBytes,
        Duration took,
        Optional<Duration> pause,
        Optional<Migrated.Transfer> transfer) {}
