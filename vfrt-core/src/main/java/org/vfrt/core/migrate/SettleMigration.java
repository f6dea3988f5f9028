package org.vfrt.core.migrate;

import java.util.List;
import java.util.Optional;
import org.vfrt.core.checkpoint.Settler;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.journal.JournalEntry;
import org.vfrt.core.pool.OpenPool;
import org.vfrt.core.pool.Pool;

/** Settles migrations whose process died, by what both hosts say now. */
public final class SettleMigration implements Settler {

    private final Pool pool;
    private final Migrator migrator;

    public SettleMigration(Pool pool, Migrator migrator) {
        this.pool = pool;
        this.migrator = migrator;
    }

    @Override
    public String operation() {
        return MigrateGuest.OPERATION;
    }

    @Override
    public Optional<Reason> settle(JournalEntry entry, List<String> sentences) {
        try (OpenPool hosts = pool.open()) {
            return migrator.settle(entry, hosts, sentences);
        }
    }
}
