package org.vfrt.core.store;

import java.io.IOException;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
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

    /**
     * Reads it for a checkpoint that begins now. One that cannot be read forbids to build on what there is, and not on what comes: so it
     * is drawn anew. The same with one of a moment to come, by a clock that was wrong.
     */
    Drawn readAt(Instant now) throws IOException {
        Drawn drawn = read();
        if (drawn.at().filter(at -> at.isAfter(now)).isPresent()) {
            // The one that begins now is to be built on, and ids tell whole seconds.
            notes.put(NAME, NotedMoment.bytes(NAME, now.minusSeconds(2)));
        }
        return new Drawn(drawn.at(), now, Set.of());
    }

    /**
     * Where it is.
     *
     * @param now what was begun after it, by a clock that was wrong, may have been there when damage was found
     * @param damaged what was found damaged, whenever it was begun
     */
    record Drawn(Optional<Instant> at, Instant now, Set<CheckpointId> damaged) {

        Drawn(Optional<Instant> at) {
            this(at, Instant.MAX, Set.of());
        }

        Drawn without(Set<CheckpointId> alsoDamaged) {
            return new Drawn(at, now, alsoDamaged);
        }

        /** Returns whether a later checkpoint may lead to this one's pack. */
        boolean buildsOn(CheckpointId id) {
            return !damaged.contains(id)
                    && id.begun()
                            .filter(begun -> !begun.isAfter(now))
                            .filter(begun -> at.isEmpty() || begun.isAfter(at.get()))
                            .isPresent();
        }
    }
}
