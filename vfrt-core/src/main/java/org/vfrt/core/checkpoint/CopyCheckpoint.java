package org.vfrt.core.checkpoint;

import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.Optional;
import org.vfrt.core.disk.PairedDisk;
import org.vfrt.core.failure.Damaged;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.image.MalformedImage;
import org.vfrt.core.pool.Definition;

/**
 * Copies one checkpoint from one store into another: under the same id, with all that is known of it, and the note of when it was last
 * found whole. Every byte is checked as it is read, so a damaged checkpoint is never copied.
 */
public final class CopyCheckpoint {

    private final CheckpointStore from;
    private final CheckpointStore to;

    public CopyCheckpoint(CheckpointStore from, CheckpointStore to) {
        this.from = from;
        this.to = to;
    }

    /**
     * Copies it.
     *
     * @return what the other store knows of it
     * @throws Damaged when it is not what was stored; nothing of it is in the other store then
     * @throws org.vfrt.core.failure.NotFound when it is not there any more
     */
    public Manifest run(CheckpointId id, Progress progress) {
        Manifest manifest = from.manifest(id);
        String definition = from.definition(id);
        if (!Definition.parse(definition).uuid().equals(manifest.guestUuid())) {
            throw damaged(id, "its definition is of another guest", null);
        }
        Instant verified = from.verified().get(id);
        Manifest copy = copy(manifest, definition, progress);
        if (verified != null) {
            to.noteVerified(id, verified);
        }
        return copy;
    }

    private Manifest copy(Manifest manifest, String definition, Progress progress) {
        CheckpointId id = manifest.id();
        try (Incoming incoming = to.begin(id, manifest.guestUuid());
                InputStream image = new ReportingInputStream(from.image(id), manifest.imageBytes(), "copy", progress)) {
            ImageProof.of(
                    manifest.format(),
                    image,
                    manifest.memoryBytes(),
                    ImageProof.Rounds.ignored(),
                    new KeptImage(incoming));
            // The store that is read from has its last word at the very end.
            if (image.read() >= 0) {
                throw damaged(id, "there are bytes behind the end of the image", null);
            }
            for (PairedDisk disk : manifest.storedDisks()) {
                copy(id, disk, incoming);
            }
            return incoming.commit(definition, (bytes, root, xml, disks) -> {
                if (bytes != manifest.imageBytes()) {
                    throw damaged(id, "what was read is not what its manifest says", null);
                }
                return manifest.copied(root, xml, disks);
            });
        } catch (NotKept e) {
            throw e.failure()
                    .orElseGet(() -> new Failed(
                            "store-full",
                            "checkpoint '" + id + "' could not be written to '" + to.location() + "': " + e.getMessage()
                                    + "; those copied before it are complete",
                            "Make room there, and type the command again: it goes on from there.",
                            e));
        } catch (DamagedImage | MalformedImage e) {
            throw damaged(id, String.valueOf(e.getMessage()), e);
        } catch (IOException e) {
            throw damaged(id, "it cannot be read: " + e.getMessage(), e);
        }
    }

    /** What the other store has already is found there. */
    private void copy(CheckpointId id, PairedDisk disk, Incoming incoming) throws IOException {
        Incoming.IncomingDisk copy = incoming.disk(disk.sizeBytes(), Optional.empty());
        from.disk(id, disk.target(), (at, buffer, offset, length) -> {
            try {
                copy.data(at, buffer, offset, length);
            } catch (IOException e) {
                throw new NotKept(e);
            }
        });
    }

    private static Damaged damaged(CheckpointId id, String why, @org.jspecify.annotations.Nullable Throwable cause) {
        return new Damaged(
                "checkpoint-damaged",
                "checkpoint '" + id + "' is damaged and was not copied: " + why,
                "'vfrt store check --read-data' says what else is.",
                cause);
    }
}
