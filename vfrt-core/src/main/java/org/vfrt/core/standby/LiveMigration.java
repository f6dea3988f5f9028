package org.vfrt.core.standby;

import java.util.UUID;

/** Moves a running guest from host to host. */
@FunctionalInterface
public interface LiveMigration {

    /**
     * Moves it.
     *
     * @throws org.vfrt.core.failure.Failure when it did not work; where the guest is now, its hosts are asked
     */
    void migrate(UUID guest, String from, String to);
}
