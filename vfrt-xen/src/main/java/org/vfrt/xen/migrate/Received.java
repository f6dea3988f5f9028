package org.vfrt.xen.migrate;

import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.pool.Guest;
import org.vfrt.xen.libvirt.LibvirtHypervisor;

/**
 * What a host received of a guest and has not let run. libvirt there has had a job open on it since Prepare, which only Finish ends
 * (libxl_migration.c); while it is open every other order waits for it in vain, so a Finish is what is given.
 */
final class Received {

    private static final Logger LOG = LoggerFactory.getLogger(Received.class);

    /** VIR_MIGRATE_LIVE. */
    private static final int LIVE = 1;

    private Received() {}

    static void takeAway(LibvirtHypervisor host, UUID uuid) {
        Optional<Guest> there = active(host, uuid);
        if (there.isPresent() && host.jobActive(uuid)) {
            try {
                finish(host, there.get(), true);
            } catch (Failure e) {
                // It has no guest to answer with; what is there afterwards is asked below.
                LOG.debug("calling the reception off: {}", e.getMessage());
            }
        }
        if (active(host, uuid).isPresent()) {
            host.destroy(uuid);
        }
    }

    static void letRun(LibvirtHypervisor host, UUID uuid) {
        Optional<Guest> there = active(host, uuid);
        if (there.isPresent() && host.jobActive(uuid)) {
            finish(host, there.get(), false);
        } else {
            host.resume(uuid);
        }
    }

    private static void finish(LibvirtHypervisor host, Guest guest, boolean cancelled) {
        host.finishMigration(Map.of("destination_name", guest.name()), new byte[0], LIVE, cancelled);
    }

    private static Optional<Guest> active(LibvirtHypervisor host, UUID uuid) {
        return host.guest(uuid).filter(guest -> guest.state().active());
    }
}
