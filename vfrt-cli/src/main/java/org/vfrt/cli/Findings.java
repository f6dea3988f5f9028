package org.vfrt.cli;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.vfrt.cli.output.Json;
import org.vfrt.core.checkpoint.CheckpointId;
import org.vfrt.core.checkpoint.Manifest;
import org.vfrt.core.drill.DrillRecord;
import org.vfrt.core.text.Amounts;

/**
 * When the checkpoints of a store were last found whole, or damaged; and what came of the last drill of each that was held from this machine and says
 * something about it.
 */
record Findings(
        Map<CheckpointId, Instant> verified, Map<CheckpointId, Instant> damaged, Map<String, DrillRecord> drilled) {

    static Findings of(Operations operations) {
        Map<String, DrillRecord> drilled = new HashMap<>();
        operations.drills().stream()
                .filter(record -> record.result() != DrillRecord.Result.NOT_RUN)
                .forEach(record -> record.checkpoint().ifPresent(id -> drilled.put(id, record)));
        return new Findings(operations.store().verified(), operations.store().damaged(), drilled);
    }

    Optional<Instant> verified(Manifest manifest) {
        return Optional.ofNullable(verified.get(manifest.id()));
    }

    Optional<Instant> damaged(Manifest manifest) {
        return Optional.ofNullable(damaged.get(manifest.id()));
    }

    Optional<DrillRecord> drilled(Manifest manifest) {
        return Optional.ofNullable(drilled.get(manifest.id().text()));
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
                .text("damagedAt", damaged(manifest).map(Instant::toString))
                .object("drill", drilled(manifest), CheckpointDrill::writeRecord);
    }
}
