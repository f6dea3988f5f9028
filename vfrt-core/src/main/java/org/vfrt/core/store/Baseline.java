package org.vfrt.core.store;

import java.io.IOException;
import java.time.Instant;
import java.util.Optional;
import org.vfrt.core.checkpoint.CheckpointId;

/**
 * The moment up to which nothing is built on, because damage was found then: {@code STORE/baseline}. Without it the checkpoint that is
 * taken in place of a damaged one would lead to the same lost pages. Each guest's next checkpoint after it costs what a first one does.
 * Safe for several threads and processes.
 */
final class Baseline {

    private static final String NAME = "baseline";

    private final Notes notes;

    Baseline(Notes notes) {
        this.notes = notes;
    }

    /** Draws it, unless the damage is in what is behind it already: each verification would find that again. */
    void draw(CheckpointId damaged, Instant now) throws IOException {
        if (read().buildsOn(damaged)) {
            notes.put(NAME, NotedMoment.bytes(NAME, now));
        }
    }

    /** Reads it. */
    Drawn read() throws IOException {
        Optional<byte[]> content = notes.read(NAME, NotedMoment.BYTES_MAX);
        if (content.isEmpty()) {
            return new Drawn(Optional.empty());
        }
        // Whatever one says that cannot be read, nothing that is there now was after it for sure.
        return new Drawn(Optional.of(NotedMoment.read(NAME, content.get()).orElse(Instant.MAX)));
    }

    /** Returns its name where it is not what was noted. */
    Optional<String> unreadable() throws IOException {
        return read().at().filter(Instant.MAX::equals).map(at -> NAME);
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
