package org.vfrt.core.migrate;

import java.util.ArrayList;
import java.util.List;
import org.vfrt.core.checkpoint.Method;
import org.vfrt.core.checkpoint.Unfinished;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.journal.Journal;
import org.vfrt.core.pool.Definition;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.pool.OpenPool;

/** Finds what is in the way of a migration, whoever asks, and whether it is begun now or only planned. For the holder of the guest's lock. */
final class MoveObstacles {

    private final Migrator migrator;
    private final Journal journal;

    MoveObstacles(Migrator migrator, Journal journal) {
        this.migrator = migrator;
        this.journal = journal;
    }

    /** Returns why the guest goes nowhere. */
    List<Reason> ofGuest(Hypervisor source, Guest guest, Definition definition, Method method) {
        List<Reason> reasons = new ArrayList<>(Unfinished.about(journal, guest.uuid()));
        reasons.addAll(MigrationRules.guest(source, guest, definition, method));
        return reasons;
    }

    /** Returns why it does not go from the one host to the other. */
    List<Reason> betweenHosts(MigrationJob job, OpenPool hosts) {
        List<Reason> reasons = new ArrayList<>(MigrationRules.target(job.target(), job.guest(), hosts));
        // What is left of the guest outside libvirt would be told a second time, in other words.
        if (reasons.isEmpty()) {
            reasons.addAll(migrator.obstacles(job));
        }
        return reasons;
    }
}
