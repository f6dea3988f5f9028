package org.vfrt.core.claim;

import java.util.List;
import java.util.Optional;

/**
 * Small values by key, on which all controllers of a pool agree. Every method is linearizable: what returned was so at one moment between the call and its
 * return, for all controllers. Safe for several threads and processes.
 *
 * <p>Every method throws {@link org.vfrt.core.failure.Temporary} when the register does not answer. A write that ends so may have happened or not: whoever wrote reads
 * again before anything else.
 */
public interface Register {

    /** The revision of what is not there. */
    long ABSENT = 0;

    /** Returns what is there under a key. */
    Optional<Entry> read(String key);

    /**
     * Returns all entries whose key begins so, in the order of their keys. Each is as it was at one moment; the list as a whole need not be.
     *
     * @param prefix for example {@code claim/}
     */
    List<Entry> list(String prefix);

    /**
     * Writes a value if the entry is still what the caller saw, durably.
     *
     * @param key parts of letters, digits, {@code . _ -}, joined by {@code /}
     * @param seen the {@link Entry#revision} that the caller saw, {@link #ABSENT} for none
     * @param value at most 64 KiB
     * @return the new revision, empty when somebody else was first and nothing was written
     */
    Optional<Long> write(String key, long seen, String value);

    /**
     * Removes an entry if it is still what the caller saw, durably.
     *
     * @return whether it was removed; {@code false} when somebody else was first
     */
    boolean remove(String key, long seen);

    /**
     * Takes the lead over a pool, unless somebody holds it.
     *
     * @param leader who wants it, for people: machine and process
     * @return the term, or who holds it
     */
    Attempt attemptLead(String leader);

    /**
     * What is there.
     *
     * @param revision grows with each write of this key, never {@link #ABSENT}, and is not given again after a removal
     */
    record Entry(String key, long revision, String value) {}

    /**
     * What came of it.
     *
     * @param term the caller's, when it was got
     * @param holder who holds the lead otherwise, for people
     */
    record Attempt(Optional<Term> term, String holder) {}

    /** The lead, for as long as it lasts. It ends by itself, soon after its process has. */
    interface Term extends AutoCloseable {

        /** Returns whether it still lasts, as far as is known here. Claims are safe without it; it saves controllers from working against each other. */
        boolean lasts();

        @Override
        void close();
    }
}
