package org.vfrt.core.warm;

import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.vfrt.core.checkpoint.Method;
import org.vfrt.core.checkpoint.Progress;
import org.vfrt.core.migrate.MigrateGuest;
import org.vfrt.core.standby.LiveMigration;

/** Migrates as {@code vfrt migrate guest} does, with all that it asks before. */
public final class MigratingGuests implements LiveMigration {

    private static final Duration LOCK_WAIT = Duration.ofMinutes(1);

    private final Supplier<MigrateGuest> migration;

    public MigratingGuests(Supplier<MigrateGuest> migration) {
        this.migration = migration;
    }

    @Override
    public void migrate(UUID guest, String from, String to) {
        migration
                .get()
                .run(
                        new MigrateGuest.Request(
                                guest.toString(),
                                Optional.of(from),
                                Optional.of(to),
                                Method.LIVE,
                                Optional.empty(),
                                MigrateGuest.Rules.KEPT,
                                Optional.empty(),
                                false,
                                LOCK_WAIT),
                        plan -> {},
                        Progress.NONE);
    }
}
