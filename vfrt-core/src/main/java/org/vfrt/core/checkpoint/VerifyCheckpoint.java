package org.vfrt.core.checkpoint;

import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.vfrt.core.disk.PairedDisk;
import org.vfrt.core.durable.ReaderTrouble;
import org.vfrt.core.failure.Damaged;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.NotFound;
import org.vfrt.core.image.MalformedImage;
import org.vfrt.core.pool.Definition;

/**
 * Proves that a checkpoint is whole: every byte as it was written, the image complete to its last record. The store remembers
 * what came of it, so that retention knows the last checkpoint that was proved.
 */
public final class VerifyCheckpoint {

    private final CheckpointStore store;
    private final Clock clock;

    public VerifyCheckpoint(CheckpointStore store, Clock clock) {
        this.store = store;
        this.clock = clock;
    }

    /**
     * What was proved, and how long it took.
     *
     * @param notes what an operator should know
     */
    public record Outcome(Manifest manifest, Duration took, List<String> notes) {}

    /**
     * Reads the whole checkpoint.
     *
     * @throws Damaged when anything in it is wrong
     * @throws org.vfrt.core.failure.NotFound when there is no such checkpoint
     */
    public Outcome run(CheckpointId id, Progress progress) {
        Instant begun = clock.instant();
        try {
            Manifest manifest = prove(id, progress);
            Instant proved = clock.instant();
            return new Outcome(manifest, Duration.between(begun, proved), remember(id, proved));
        } catch (Damaged e) {
            demandStillThere(id, e);
            new NoteDamage(store, clock).run(id, e);
            throw e;
        }
    }

    /** Of what was deleted meanwhile pages may be gone, and that is no damage. */
    private void demandStillThere(CheckpointId id, Damaged damage) {
        try {
            store.manifest(id);
        } catch (NotFound e) {
            e.addSuppressed(damage);
            throw e;
        } catch (Damaged e) {
            return;
        }
    }

    /** That nothing can be written there, to a copy on a read-only file system for instance, makes the checkpoint no less whole. */
    private List<String> remember(CheckpointId id, Instant proved) {
        try {
            store.noteVerified(id, proved);
            return List.of();
        } catch (Failure e) {
            return List.of("that checkpoint '" + id
                    + "' is whole could not be noted, so retention does not know of it: " + e.getMessage());
        }
    }

    private Manifest prove(CheckpointId id, Progress progress) {
        Manifest manifest = store.manifest(id);
        Definition definition = Definition.parse(store.definition(id));
        if (!definition.uuid().equals(manifest.guestUuid())) {
            throw damaged(id, "its definition is of another guest", null);
        }
        try (InputStream image = new ReportingInputStream(store.image(id), manifest.imageBytes(), "verify", progress)) {
            ImageProof.of(
                    manifest.format(), image, manifest.memoryBytes(), ImageProof.Rounds.ignored(), ImageProof.Kept.NOT);
            // The structure ends before the file may: the store's own check answers at the very end.
            if (image.read() >= 0) {
                throw damaged(id, "there are bytes behind the end of the image", null);
            }
            for (PairedDisk disk : manifest.storedDisks()) {
                store.disk(
                        id,
                        disk.target(),
                        (at, buffer, offset, length) ->
                                progress.at("verify " + disk.target(), at + length, disk.sizeBytes()));
            }
        } catch (DamagedImage | MalformedImage e) {
            throw damaged(id, e.getMessage(), e);
        } catch (IOException e) {
            if (ReaderTrouble.is(e)) {
                throw new Failed(
                        "not-verified",
                        "checkpoint '" + id + "' could not be read, which says nothing of it: " + e.getMessage(),
                        "See as whom vfrt runs, and how many files it may open ('ulimit -n').",
                        e);
            }
            throw damaged(id, "it cannot be read: " + e.getMessage(), e);
        }
        return manifest;
    }

    private static Damaged damaged(
            CheckpointId id,
            @org.jspecify.annotations.Nullable String why,
            @org.jspecify.annotations.Nullable Throwable e) {
        return new Damaged(
                "checkpoint-damaged",
                "checkpoint '" + id + "' is damaged: " + why,
                "Do not restore it. Take a new one now, and look for the cause on the store's disk.",
                e);
    }
}
