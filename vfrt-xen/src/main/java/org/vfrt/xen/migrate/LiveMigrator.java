package org.vfrt.xen.migrate;

import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.journal.JournalEntry;
import org.vfrt.core.migrate.Migrated;
import org.vfrt.core.migrate.MigrationJob;
import org.vfrt.core.migrate.Migrator;
import org.vfrt.core.pool.OpenPool;
import org.vfrt.xen.libvirt.LibvirtHypervisors;

/** Migrates. */
public final class LiveMigrator implements Migrator {

    public LiveMigrator(LibvirtHypervisors hypervisors, boolean insecure, SplittableRandom random) {}

    @Override
    public List<Reason> obstacles(MigrationJob job) {
        return List.of();
    }

    @Override
    public Migrated migrate(MigrationJob job) {
        throw new Refused("not-yet", "not yet", "");
    }

    @Override
    public Optional<Reason> settle(JournalEntry entry, OpenPool hosts, List<String> sentences) {
        return Optional.empty();
    }
}
