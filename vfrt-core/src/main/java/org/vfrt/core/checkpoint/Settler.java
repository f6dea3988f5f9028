package org.vfrt.core.checkpoint;

import java.util.List;
import java.util.Optional;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.journal.JournalEntry;

/** Settles what one kind of operation left unfinished. */
public interface Settler {

    /** Returns the operation as the journal names it. */
    String operation();

    /** Returns whether an entry of that operation is one of its. */
    default boolean settles(JournalEntry entry) {
        return true;
    }

    /**
     * Finishes or undoes it. Idempotent. The guest's lock is held.
     *
     * @param sentences gets what was found and done, one sentence each
     * @return why the entry has to stay; empty when it is settled
     */
    Optional<Reason> settle(JournalEntry entry, List<String> sentences);
}
