package org.vfrt.core.checkpoint;

import java.util.List;
import java.util.UUID;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.journal.GuestLock;
import org.vfrt.core.journal.Journal;
import org.vfrt.core.journal.JournalEntry;
import org.vfrt.core.pool.Hypervisor;

/** What the operations of this package write into the journal, and what an unfinished one means to the next. */
final class Unfinished {

    static final String CHECKPOINT = "checkpoint";
    static final String METHOD = "method";

    /** The host's URI: names such as 'local' mean another host under another configuration. */
    static final String HOST_URI = "hostUri";

    /** What the host calls itself: the same URI may lead to another machine one day. */
    static final String HOST_SELF = "hostSelf";

    /** The URIs of the whole pool: whoever settles with a smaller one cannot tell where the guest runs. */
    static final String POOL = "pool";

    /** Where the store of the checkpoint in the making is. */
    static final String STORE = "store";

    private Unfinished() {}

    /** Begins an entry that tells its host from every other of the same name. Nothing else may be begun before. */
    static JournalEntry begin(Journal journal, String operation, GuestLock lock, String guestName, Hypervisor host) {
        JournalEntry entry =
                journal.begin(operation, lock, guestName, host.host().name());
        entry.note(HOST_URI, host.host().uri().text());
        entry.note(HOST_SELF, host.facts().hostName());
        return entry;
    }

    /** A guest that something unsettled is about is left alone: nobody knows yet whether it runs. For the holder of its lock. */
    static List<Reason> about(Journal journal, UUID guest) {
        return journal.about(guest).stream()
                .map(entry -> new Reason(
                        "unsettled",
                        "'" + entry.fact(JournalEntry.OPERATION).orElse("an operation")
                                + "' of the guest is still unfinished since "
                                + entry.fact(JournalEntry.BEGUN).orElse("an unknown time"),
                        "'vfrt host check' says what is in the way of settling it."))
                .toList();
    }
}
