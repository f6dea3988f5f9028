package org.vfrt.core.disk;

import java.time.Instant;
import java.util.Optional;

/**
 * A snapshot that a host has.
 *
 * @param reference what the engine knows it by
 * @param replacedAt for what a restore has kept: since when; empty for a checkpoint's own
 */
public record FoundSnapshot(Engine engine, String reference, SnapshotMark mark, Optional<Instant> replacedAt) {}
