package org.vfrt.core.migrate;

import java.util.List;
import java.util.Optional;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.journal.JournalEntry;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.pool.OpenPool;

/** What moves a running guest from one host to another. Afterwards it runs on exactly one of the two, or the failure says that it stands. */
public interface Migrator {

    /** Asks one host what is in the way of migrations from there and to there, whichever guest, and of mending one that broke. Changes nothing. */
    List<Reason> obstacles(Hypervisor host);

    /**
     * Asks both hosts why the guest cannot be migrated between them. Changes nothing.
     *
     * @return every reason at once; empty when nothing is in the way
     */
    List<Reason> obstacles(MigrationJob job);

    /**
     * Migrates. Every fact needed to finish or undo the work after a crash goes into the journal before the step it belongs to.
     *
     * @throws org.vfrt.core.failure.Failure when the guest is not on the target; the message says where it runs instead
     */
    Migrated migrate(MigrationJob job);

    /**
     * Settles a migration whose process died: afterwards the guest runs on one host, and nothing of it is left on the other.
     * Idempotent.
     *
     * @param sentences gets what was found and done, one sentence each
     * @return why it cannot be settled now; empty when it is
     */
    Optional<Reason> settle(JournalEntry entry, OpenPool hosts, List<String> sentences);
}
