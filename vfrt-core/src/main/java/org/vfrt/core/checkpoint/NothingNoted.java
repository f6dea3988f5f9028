package org.vfrt.core.checkpoint;

import java.util.Optional;
import org.vfrt.core.journal.JournalEntry;

/** The journal entry of a check, which does nothing that would have to be written down. */
public final class NothingNoted implements JournalEntry {

    @Override
    public String id() {
        return "";
    }

    @Override
    public Optional<String> fact(String key) {
        return Optional.empty();
    }

    @Override
    public void note(String key, String value) {
        throw new IllegalStateException("a check must not change anything, and '" + key + "' is noted");
    }
}
