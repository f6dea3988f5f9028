package org.vfrt.core.checkpoint;

import java.util.List;
import java.util.UUID;
import java.util.function.Predicate;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.journal.GuestLock;
import org.vfrt.core.journal.Journal;
import org.vfrt.core.journal.JournalEntry;
import org.vfrt.core.pool.Hypervisor;

/** What operations on guests write into the journal, and what an unfinished one means to the next. */
public final class Unfinished {

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

    /** Snapshots of the guest's disks may have been taken. */
    static final String DISKS = "disks";

    /** The method of a guest that is started anew. */
    static final String COLD = "COLD";

    /** What a restore does to disks: see {@link RestoredDisks}. */
    static final String REPLACED = "replacedDisks";

    static final String COPIED = "copiedDisks";

    /** Snapshots that a restore makes of what the store holds: see {@link RestoredDisks}. */
    static final String BROUGHT = "broughtDisks";

    private Unfinished() {}

    /** Begins an entry that tells its host from every other of the same name. Nothing else may be begun before. */
    public static JournalEntry begin(
            Journal journal, String operation, GuestLock lock, String guestName, Hypervisor host) {
        JournalEntry entry =
                journal.begin(operation, lock, guestName, host.host().name());
        entry.note(HOST_URI, host.host().uri().text());
        entry.note(HOST_SELF, host.facts().hostName());
        return entry;
    }

    /** A guest that something unsettled is about is left alone: nobody knows yet whether it runs. For the holder of its lock. */
    public static List<Reason> about(Journal journal, UUID guest) {
        return about(journal, guest, host -> false);
    }

    /** The same, without what is about hosts of which somebody knows that the guest cannot run there: what was begun there is over. */
    static List<Reason> about(Journal journal, UUID guest, Predicate<String> gone) {
        return journal.about(guest).stream()
                .filter(entry -> !isOf(gone, entry))
                .map(entry -> new Reason(
                        "unsettled",
                        "'" + entry.fact(JournalEntry.OPERATION).orElse("an operation")
                                + "' of the guest is still unfinished since "
                                + entry.fact(JournalEntry.BEGUN).orElse("an unknown time"),
                        "'vfrt host check' says what is in the way of settling it. If host '"
                                + entry.fact(JournalEntry.HOST).orElse("?")
                                + "' is off for good, restore the guest with '--origin-is-gone "
                                + entry.fact(JournalEntry.HOST).orElse("?") + "'."))
                .toList();
    }

    /** Ends what was begun on hosts that are gone. For the holder of the guest's lock, when the guest runs elsewhere. */
    static void endOn(Journal journal, UUID guest, Predicate<String> gone, CheckpointStore store) {
        for (JournalEntry entry : journal.about(guest)) {
            if (!isOf(gone, entry)) {
                continue;
            }
            try {
                if (entry.fact(STORE).filter(store.location()::equals).isPresent()) {
                    entry.fact(CHECKPOINT).map(CheckpointId::new).ifPresent(store::discard);
                }
                journal.end(entry);
            } catch (Failure e) {
                // The guest is back, and that is what counts; the next command finds the entry again.
                return;
            }
        }
    }

    private static boolean isOf(Predicate<String> gone, JournalEntry entry) {
        return entry.fact(JournalEntry.HOST).filter(gone).isPresent();
    }
}
