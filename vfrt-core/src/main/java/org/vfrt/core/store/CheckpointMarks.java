package org.vfrt.core.store;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.vfrt.core.checkpoint.CheckpointId;

/**
 * When checkpoints were last found whole: {@code verified/ID} holds the moment. They lie beside the checkpoints and not in them,
 * because nothing in a checkpoint is ever changed. Safe for several threads and processes.
 */
final class VerifiedMarks {

    /** An instant with nine digits behind the second, its line end, and room to spare. */
    private static final int BYTES_MAX = 64;

    /** As {@link org.vfrt.core.durable.DurableFiles#temporaryOf} has it. */
    private static final String UNFINISHED = ".tmp";

    private static final String KIND = "verified";

    private final Notes notes;

    VerifiedMarks(Notes notes) {
        this.notes = notes;
    }

    void note(CheckpointId id, Instant when) throws IOException {
        try {
            notes.put(name(id.text()), (when + "\n").getBytes(StandardCharsets.US_ASCII));
        } catch (FileAlreadyExistsException | NoSuchFileException e) {
            // Another process notes the same checkpoint at this very moment, and one of the two notes stays.
        }
    }

    void drop(CheckpointId id) throws IOException {
        notes.remove(name(id.text()));
    }

    /** Removes what is left of marks whose checkpoint is not there any more. */
    void forgetGone(Predicate<CheckpointId> there) throws IOException {
        for (String name : notes.names(KIND)) {
            String id = name.endsWith(UNFINISHED) ? name.substring(0, name.length() - UNFINISHED.length()) : name;
            if (CheckpointId.matches(id) && !there.test(new CheckpointId(id))) {
                notes.remove(name(name));
            }
        }
    }

    /** Returns the marks of checkpoints that are there: after a crash in the middle of a deletion, one of another may be left. */
    Map<CheckpointId, Instant> all(Predicate<CheckpointId> there) throws IOException {
        Map<CheckpointId, Instant> marks = new TreeMap<>();
        notes.all(KIND, BYTES_MAX).forEach((name, content) -> {
            if (!CheckpointId.matches(name) || !there.test(new CheckpointId(name))) {
                return;
            }
            try {
                marks.put(
                        new CheckpointId(name), Instant.parse(new String(content, StandardCharsets.US_ASCII).strip()));
            } catch (DateTimeException e) {
                // To take a mark that cannot be read for none costs another verification; to trust it could cost a
                // checkpoint.
            }
        });
        return marks;
    }

    private static String name(String id) {
        return KIND + "/" + id;
    }
}
