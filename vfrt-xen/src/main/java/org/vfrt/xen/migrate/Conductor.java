package org.vfrt.xen.migrate;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.libvirt.VfrtMigration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.migrate.MigrationJob;
import org.vfrt.core.pool.Definition;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.GuestState;
import org.vfrt.xen.host.GuestGuard;
import org.vfrt.xen.host.HostShell;
import org.vfrt.xen.libvirt.LibvirtHypervisor;
import org.vfrt.xen.libvirt.Running;

/**
 * Conducts the five phases of one migration (xen-libvirt.md section 2.3). libvirt's own virDomainMigrate3 resumes the guest on the source whenever
 * Finish gives no answer, although the guest may run on the target then; here that is never done before the target has said that it does not.
 */
final class Conductor {

    private static final Logger LOG = LoggerFactory.getLogger(Conductor.class);

    /** VIR_MIGRATE_LIVE. */
    private static final int LIVE = 1;
    /** VIR_MIGRATE_PERSIST_DEST and VIR_MIGRATE_UNDEFINE_SOURCE: the definition is on one host, before and after. */
    private static final int DEFINITION_GOES_ALONG = 8 | 16;

    private final MigrationJob job;
    private final LibvirtHypervisor source;
    private final LibvirtHypervisor target;
    private final DataWay way;
    private final UUID uuid;
    private final String name;
    private final int flags;

    Conductor(MigrationJob job, DataWay way) {
        this.job = job;
        this.source = (LibvirtHypervisor) job.source();
        this.target = (LibvirtHypervisor) job.target();
        this.way = way;
        this.uuid = job.guest().uuid();
        this.name = job.guest().name();
        this.flags = LIVE | (job.guest().persistent() ? DEFINITION_GOES_ALONG : 0);
    }

    /**
     * When the guest was handed over.
     *
     * @param sendingNanos {@link System#nanoTime} when its memory began to be sent
     * @param sentNanos when all of it had been sent, and the guest stood still
     * @param runsNanos when the target had let it run
     */
    record HandedOver(long sendingNanos, long sentNanos, long runsNanos) {}

    /**
     * Conducts it to its end.
     *
     * @throws Broken when the guest is not known to run on the target
     */
    HandedOver run(HostShell shell, String hostDirectory) throws Broken {
        job.journal().note(Facts.PHASE, Facts.COPYING);
        VfrtMigration.Answer begun;
        try {
            begun = source.beginMigration(uuid, named(Map.of()), flags);
        } catch (Failure e) {
            throw new Broken("libvirt on the source does not let it go", e);
        }
        VfrtMigration.Answer prepared = prepare(begun);
        job.journal().note(Facts.SEND_PORT, Integer.toString(way.sendPort()));
        try (GuestGuard guard = guard(shell, hostDirectory)) {
            way.sending();
            long sendingNanos = System.nanoTime();
            VfrtMigration.Answer performed = perform(prepared, guard);
            long sentNanos = System.nanoTime();
            way.sent();
            job.journal().note(Facts.PHASE, Facts.FINISHING);
            standDown(guard);
            return new HandedOver(sendingNanos, sentNanos, handOver(performed));
        } catch (Failure e) {
            throw new Broken("it was not brought to its end", e);
        }
    }

    private GuestGuard guard(HostShell shell, String hostDirectory) throws Broken {
        try {
            return GuestGuard.watch(shell, hostDirectory, job.guest().id(), uuid, way.sendPort());
        } catch (Failure e) {
            takeBackOnTarget();
            callOff();
            throw new Broken("the guard on the source did not come up", e);
        }
    }

    private VfrtMigration.Answer prepare(VfrtMigration.Answer begun) throws Broken {
        try {
            VfrtMigration.Answer prepared = target.prepareMigration(
                    named(Map.of(
                            "migrate_uri",
                            way.receiveUri(),
                            "destination_xml",
                            Definition.parse(begun.text())
                                    .toReceive(job.guest())
                                    .xml())),
                    begun.cookie(),
                    flags);
            way.receivesAt(prepared.text());
            job.journal().note(Facts.RECEIVE_PORT, Integer.toString(DataWay.port(prepared.text())));
            return prepared;
        } catch (Failure e) {
            // Without it libvirt's job on the source would never end (bug A).
            callOff();
            throw new Broken("the target does not take it", e);
        }
    }

    private VfrtMigration.Answer perform(VfrtMigration.Answer prepared, GuestGuard guard) throws Broken {
        try {
            return source.performMigration(uuid, named(Map.of("migrate_uri", way.sendUri())), prepared.cookie(), flags);
        } catch (Failure e) {
            // libvirt has ended its job by itself, and maybe left the guest suspended (bug C).
            try {
                guard.resume();
                guard.dismiss();
            } catch (Failure unheard) {
                LOG.debug("the guard: {}", unheard.getMessage());
            }
            takeBackOnTarget();
            throw new Broken(
                    "its memory did not get there"
                            + way.cut().map(why -> " (" + why + ")").orElse(""),
                    e);
        }
    }

    private void standDown(GuestGuard guard) throws Broken {
        try {
            guard.standDown();
        } catch (Failure e) {
            takeBackOnTarget();
            throw new Broken("the source was not heard of any more", e);
        }
    }

    private long handOver(VfrtMigration.Answer performed) throws Broken {
        VfrtMigration.Answer finished;
        try {
            finished = target.finishMigration(named(Map.of()), performed.cookie(), flags, false);
        } catch (Failure e) {
            throw new Broken("the target did not say that it runs there", e);
        }
        long runsNanos = System.nanoTime();
        job.journal().note(Facts.PHASE, Facts.CONFIRMING);
        try {
            source.confirmMigration(uuid, named(Map.of()), finished.cookie(), flags, false);
        } catch (Failure e) {
            throw new Broken("it runs on the target, and the source did not let go of its old domain", e);
        }
        return runsNanos;
    }

    /** Ends libvirt's job on the source, for a guest that was never suspended. */
    private void callOff() {
        try {
            source.confirmMigration(uuid, named(Map.of()), new byte[0], flags, true);
        } catch (Failure e) {
            // libvirt 9 tries to resume what was never suspended (bug B); its job has ended all the same.
            LOG.debug("calling off: {}", e.getMessage());
        }
        try {
            if (source.guest(uuid)
                    .filter(guest -> guest.state() == GuestState.PAUSED)
                    .isPresent()) {
                source.resume(uuid);
            }
        } catch (Failure e) {
            LOG.debug("setting the state right: {}", e.getMessage());
        }
    }

    private void takeBackOnTarget() {
        way.breakOff();
        try {
            target.finishMigration(named(Map.of()), new byte[0], flags, true);
        } catch (Failure e) {
            LOG.debug("taking back what arrived: {}", e.getMessage());
        }
    }

    /** libxl's Finish finds the guest by this name, and at least one parameter must be there. */
    private Map<String, String> named(Map<String, String> parameters) {
        Map<String, String> all = new LinkedHashMap<>(parameters);
        all.put("destination_name", name);
        return all;
    }

    /** It did not come to its end; what both hosts have of it must be asked. */
    static final class Broken extends Exception {
        private static final long serialVersionUID = 1L;

        private final transient Failure failure;

        Broken(String what, Failure failure) {
            super(what + ": " + failure.getMessage(), failure);
            this.failure = failure;
        }

        Failure failure() {
            return failure;
        }
    }

    /**
     * Waits until the guest is seen at work on the target; libvirt's word alone is not proof (rule 5).
     *
     * @throws Failed when it does not use any CPU time
     */
    Guest seenThere(Duration limit) {
        Running.Seen seen = Running.watch(target, uuid, limit);
        if (!seen.running()) {
            throw notSeen(seen.active() ? "it does not use any CPU time there" : "it is not active there");
        }
        return seen.guest().orElseThrow();
    }

    private Failed notSeen(String why) {
        return new Failed(
                "guest-not-seen",
                "guest '" + name + "' was handed over to host '" + target.host().name() + "', and " + why,
                "Look at its console there with 'virsh console " + name + "'; nothing of it is left on host '"
                        + source.host().name() + "'.");
    }

    /** Returns notes about definitions that are not as they should be: exactly one host keeps one, if one did before. */
    List<String> definitions() {
        Optional<Guest> left = source.guest(uuid);
        if (left.isEmpty()) {
            return List.of();
        }
        if (left.get().state().active()) {
            return List.of("host '" + source.host().name() + "' still says that the guest is active there");
        }
        source.undefine(uuid);
        return List.of();
    }
}
