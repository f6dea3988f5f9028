package org.vfrt.core.disk;

import java.time.Instant;
import java.util.Optional;

/**
 * A snapshot that a host has.
 *
 * @param reference what the engine knows it by
 * @param replacedAt for what a restore has kept: since when; empty for a checkpoint's own
 * @param passing whether it is no state that was replaced, but there while a command makes something of it; then since when it is there is told in the same way
 */
public record FoundSnapshot(
        Engine engine, String reference, SnapshotMark mark, Optional<Instant> replacedAt, boolean passing) {

    /** One that stays. */
    public FoundSnapshot(Engine engine, String reference, SnapshotMark mark, Optional<Instant> replacedAt) {
        this(engine, reference, mark, replacedAt, false);
    }
}
