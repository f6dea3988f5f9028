package org.vfrt.core.checkpoint;

import java.util.List;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.journal.JournalEntry;
import org.vfrt.core.pool.Definition;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.Hypervisor;

/**
 * One way of getting the memory of a running guest out of its host. When {@link #capture} returns or throws, the guest runs
 * again, or the failure says that it does not.
 */
public interface Capture {

    /** Returns which way this is. */
    Method method();

    /** Asks the host why this way is open for no guest of it. Changes nothing; every reason at once, empty when it is open. */
    List<Reason> obstacles(Hypervisor host);

    /**
     * Asks the host why this way is not open for this guest now, for reasons of the host or the guest. Changes nothing.
     *
     * @return every reason at once; empty when it is open
     */
    List<Reason> obstacles(Hypervisor host, Guest guest, Definition definition);

    /**
     * Captures the guest. Every fact needed to finish or undo the work after a crash goes into the journal before the step it
     * belongs to.
     *
     * @throws org.vfrt.core.failure.Failure when there is no complete image; the receiver's own failures pass through
     */
    Captured capture(CaptureJob job);

    /**
     * Takes away what a capture that left the guest stopped keeps for bringing it back. For when it runs elsewhere. Idempotent.
     */
    default void forget(JournalEntry entry, Hypervisor host) {}

    /**
     * Settles a capture whose process died: afterwards the guest runs, or the failure says why not and what to type.
     * Idempotent.
     *
     * @return what was found and done, one sentence each
     */
    List<String> settle(JournalEntry entry, Hypervisor host);
}
