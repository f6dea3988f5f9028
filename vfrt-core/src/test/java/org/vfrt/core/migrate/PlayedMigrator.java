package org.vfrt.core.migrate;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.journal.JournalEntry;
import org.vfrt.core.pool.FakePool;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.pool.OpenPool;

/** Moves guests of the fake pool. */
final class PlayedMigrator implements Migrator {

    final List<MigrationJob> jobs = new ArrayList<>();
    final List<Reason> obstacles = new ArrayList<>();
    /** Only there something is in the way; everywhere when it is empty. */
    Optional<String> obstructed = Optional.empty();

    boolean breaks;
    boolean leavesUnsettled;

    @Override
    public List<Reason> obstacles(Hypervisor host) {
        throw new IllegalStateException("no migration asks for that");
    }

    @Override
    public List<Reason> obstacles(MigrationJob job) {
        String target = job.target().host().name();
        return job.sharedDisks()
                        || obstructed.filter(host -> !host.equals(target)).isPresent()
                ? List.of()
                : obstacles;
    }

    @Override
    public Migrated migrate(MigrationJob job) {
        jobs.add(job);
        if (leavesUnsettled) {
            job.journal().note(JournalEntry.UNSETTLED, JournalEntry.YES);
        }
        if (breaks) {
            throw new Failed("migration-broken", "the connection broke", "");
        }
        FakePool.FakeHost target = (FakePool.FakeHost) job.target();
        ((FakePool.FakeHost) job.source()).remove(job.guest().uuid());
        return new Migrated(
                target.addRunning(job.guest().name(), job.definition().xml()),
                Duration.ofSeconds(2),
                Optional.of(Duration.ofMillis(100)),
                Optional.of(new Migrated.Transfer(110L << 20, 1 << 20, 50_000_000, 1_000_000, 1 << 20)),
                List.of("a note of the hosts"));
    }

    @Override
    public Optional<Reason> settle(JournalEntry entry, OpenPool hosts, List<String> sentences) {
        throw new IllegalStateException("a migration settles nothing");
    }
}
