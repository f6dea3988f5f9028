package org.vfrt.core.warm;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.journal.JournalEntry;
import org.vfrt.core.migrate.Migrated;
import org.vfrt.core.migrate.MigrationJob;
import org.vfrt.core.migrate.Migrator;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.pool.OpenPool;
import org.vfrt.core.standby.Permits;

/**
 * Migrates as another does, and a guest that its host guards only to where a permit waits for it: behind its claim's back it would come to run where nobody looks for it, and be started a second time when the host dies that the
 * claim names. As safe for threads as both.
 */
public final class PermittedMigrator implements Migrator {

    private final Migrator migrator;
    private final Permits permits;

    public PermittedMigrator(Migrator migrator, Permits permits) {
        this.migrator = migrator;
        this.permits = permits;
    }

    @Override
    public List<Reason> obstacles(Hypervisor host) {
        return migrator.obstacles(host);
    }

    @Override
    public List<Reason> obstacles(MigrationJob job) {
        List<Reason> reasons = new ArrayList<>(migrator.obstacles(job));
        UUID guest = job.guest().uuid();
        String target = job.target().host().name();
        if (guarded(job.source(), guest).isPresent()
                && guarded(job.target(), guest).flatMap(Permits.Guarded::permit).isEmpty()) {
            reasons.add(new Reason(
                    "guest-protected",
                    "guest '" + job.guest().name() + "' is protected, and host '" + target + "' has no permit for it",
                    "Its claim has to go with it: 'vfrt standby failover --planned "
                            + job.guest().name() + " --to " + target + "' moves it live."));
        }
        return reasons;
    }

    /** Where there is no shell, nothing was ever guarded. */
    private Optional<Permits.Guarded> guarded(Hypervisor host, UUID guest) {
        try {
            return permits.standing(host).guarded().stream()
                    .filter(one -> one.guest().equals(guest))
                    .findFirst();
        } catch (Failed e) {
            if (e.code().equals("no-shell")) {
                return Optional.empty();
            }
            throw e;
        }
    }

    @Override
    public Migrated migrate(MigrationJob job) {
        return migrator.migrate(job);
    }

    @Override
    public Optional<Reason> settle(JournalEntry entry, OpenPool hosts, List<String> sentences) {
        return migrator.settle(entry, hosts, sentences);
    }
}
