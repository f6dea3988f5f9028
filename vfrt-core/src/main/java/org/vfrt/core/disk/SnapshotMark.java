package org.vfrt.core.disk;

import java.util.UUID;

/**
 * Whose a snapshot is; each carries it.
 *
 * @param store the id of the store that holds the checkpoint
 * @param checkpoint the checkpoint's id
 * @param guest the guest's UUID
 */
public record SnapshotMark(UUID store, String checkpoint, UUID guest) {}
