package org.vfrt.core.store;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.vfrt.core.checkpoint.CheckpointId;

/**
 * When something was found out about checkpoints: {@code KIND/ID} holds the moment. They lie beside the checkpoints and not in them,
 * because nothing in a checkpoint is ever changed. Safe for several threads and processes.
 */
final class CheckpointMarks {

    /** As {@link org.vfrt.core.durable.DurableFiles#temporaryOf} has it. */
    private static final String UNFINISHED = ".tmp";

    private final Notes notes;
    private final String kind;

    CheckpointMarks(Notes notes, String kind) {
        this.notes = notes;
        this.kind = kind;
    }

    void note(CheckpointId id, Instant when) throws IOException {
        String name = name(id.text());
        try {
            notes.put(name, NotedMoment.bytes(name, when));
        } catch (FileAlreadyExistsException | NoSuchFileException e) {
            // Another process notes the same checkpoint at this very moment, and one of the two notes stays.
        }
    }

    void drop(CheckpointId id) throws IOException {
        notes.remove(name(id.text()));
    }

    /** Removes what is left of marks whose checkpoint is not there any more. */
    void forgetGone(Predicate<CheckpointId> there) throws IOException {
        for (String name : notes.names(kind)) {
            String id = name.endsWith(UNFINISHED) ? name.substring(0, name.length() - UNFINISHED.length()) : name;
            if (CheckpointId.matches(id) && !there.test(new CheckpointId(id))) {
                notes.remove(name(name));
            }
        }
    }

    /**
     * Returns the marks of checkpoints that are there: after a crash in the middle of a deletion, one of another may be left. One that
     * is not what was noted counts as none.
     */
    Map<CheckpointId, Instant> all(Predicate<CheckpointId> there) throws IOException {
        Map<CheckpointId, Instant> marks = new TreeMap<>();
        notes.all(kind, NotedMoment.BYTES_MAX).forEach((name, content) -> {
            if (CheckpointId.matches(name) && there.test(new CheckpointId(name))) {
                NotedMoment.read(name(name), content).ifPresent(when -> marks.put(new CheckpointId(name), when));
            }
        });
        return marks;
    }

    /** Returns the names of the notes that are not what was noted. */
    List<String> unreadable(Predicate<CheckpointId> there) throws IOException {
        Map<CheckpointId, Instant> readable = all(there);
        List<String> unreadable = new ArrayList<>();
        for (String name : notes.names(kind)) {
            if (CheckpointId.matches(name)
                    && there.test(new CheckpointId(name))
                    && !readable.containsKey(new CheckpointId(name))) {
                unreadable.add(name(name));
            }
        }
        return unreadable;
    }

    private String name(String id) {
        return kind + "/" + id;
    }
}
