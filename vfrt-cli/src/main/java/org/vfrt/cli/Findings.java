package org.vfrt.cli;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.vfrt.cli.output.Json;
import org.vfrt.core.checkpoint.CheckpointId;
import org.vfrt.core.checkpoint.CheckpointStore;
import org.vfrt.core.checkpoint.Manifest;
import org.vfrt.core.text.Amounts;

/** When the checkpoints of a store were last found whole, or damaged. */
record Findings(Map<CheckpointId, Instant> verified, Map<CheckpointId, Instant> damaged) {

    static Findings of(CheckpointStore store) {
        return new Findings(store.verified(), store.damaged());
    }

    Optional<Instant> verified(Manifest manifest) {
        return Optional.ofNullable(verified.get(manifest.id()));
    }

    Optional<Instant> damaged(Manifest manifest) {
        return Optional.ofNullable(damaged.get(manifest.id()));
    }

    /** Returns what a list says of one. */
    String cell(Manifest manifest) {
        return damaged(manifest).isPresent()
                ? "damaged"
                : verified(manifest).map(Amounts::time).orElse("");
    }

    /** Writes a checkpoint and what was found. */
    void write(Json json, Manifest manifest) {
        CheckpointShow.write(json, manifest);
        json.text("verifiedAt", verified(manifest).map(Instant::toString))
                .text("damagedAt", damaged(manifest).map(Instant::toString));
    }
}
