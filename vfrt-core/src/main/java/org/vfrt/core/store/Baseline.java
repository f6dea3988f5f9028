package org.vfrt.core.store;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;
import org.vfrt.core.checkpoint.CheckpointId;

/**
 * The moment up to which nothing is built on, because damage was found then: {@code STORE/baseline}. Without it the checkpoint that is
 * taken in place of a damaged one would lead to the same lost pages. Each guest's next checkpoint after it costs what a first one does.
 * Safe for several threads and processes.
 */
final class Baseline {

    private static final int BYTES_MAX = 64;

    private static final String NAME = "baseline";

    private final Notes notes;

    Baseline(Notes notes) {
        this.notes = notes;
    }

    /** Draws it, unless the damage is in what is behind it already: each verification would find that again. */
    void draw(CheckpointId damaged, Instant now) throws IOException {
        if (read().buildsOn(damaged)) {
            notes.put(NAME, (now + "\n").getBytes(StandardCharsets.US_ASCII));
        }
    }

    /** Reads it. */
    Drawn read() throws IOException {
        Optional<byte[]> content = notes.read(NAME, BYTES_MAX);
        if (content.isEmpty()) {
            return new Drawn(Optional.empty());
        }
        try {
            return new Drawn(Optional.of(Instant.parse(new String(content.get(), StandardCharsets.US_ASCII).strip())));
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
