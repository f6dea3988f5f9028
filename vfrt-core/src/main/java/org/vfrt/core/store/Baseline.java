package org.vfrt.core.store;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;
import org.vfrt.core.checkpoint.CheckpointId;
import org.vfrt.core.durable.DurableFiles;

/**
 * The moment up to which nothing is built on, because damage was found then: {@code STORE/baseline}. Without it the checkpoint that is
 * taken in place of a damaged one would lead to the same lost pages. Each guest's next checkpoint after it costs what a first one does.
 * Safe for several threads and processes.
 */
final class Baseline {

    private static final int BYTES_MAX = 64;

    private final Path file;

    Baseline(Path store) {
        this.file = store.resolve("baseline");
    }

    /** Draws it, unless the damage is in what is behind it already: each verification would find that again. */
    void draw(CheckpointId damaged, Instant now) throws IOException {
        if (read().buildsOn(damaged)) {
            DurableFiles.replace(file, (now + "\n").getBytes(StandardCharsets.US_ASCII));
        }
    }

    /** Reads it. */
    Drawn read() throws IOException {
        try {
            byte[] content = DurableFiles.read(file, BYTES_MAX);
            return new Drawn(Optional.of(Instant.parse(new String(content, StandardCharsets.US_ASCII).strip())));
        } catch (NoSuchFileException e) {
            return new Drawn(Optional.empty());
        } catch (DateTimeException e) {
            // Whatever it said, nothing that is there now was after it for sure.
            return new Drawn(Optional.of(Instant.MAX));
        }
    }

    /** Where it is. */
    record Drawn(Optional<Instant> at) {

        /** Returns whether a later checkpoint may lead to this one's pack. */
        boolean buildsOn(CheckpointId id) {
            return at.isEmpty()
                    || id.begun().filter(begun -> begun.isAfter(at.get())).isPresent();
        }
    }
}
