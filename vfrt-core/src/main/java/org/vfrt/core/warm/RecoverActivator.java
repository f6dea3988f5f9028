package org.vfrt.core.warm;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.vfrt.core.checkpoint.CheckpointStore;
import org.vfrt.core.checkpoint.Manifest;
import org.vfrt.core.checkpoint.Progress;
import org.vfrt.core.checkpoint.RecoverGuest;
import org.vfrt.core.checkpoint.RestoreCheckpoint;
import org.vfrt.core.checkpoint.SettleUnfinished;
import org.vfrt.core.failure.NotFound;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.journal.GuestLock;
import org.vfrt.core.journal.GuestLocks;
import org.vfrt.core.pool.Host;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.pool.Hypervisors;
import org.vfrt.core.pool.Pool;
import org.vfrt.core.standby.Activator;
import org.vfrt.core.standby.DemandPermit;
import org.vfrt.core.standby.Permits;

/**
 * Starts guests from their newest checkpoint. That no other host runs the guest is what claims and permits are for, so no other host is asked: those of a pool that has just lost one
 * would be waited for. Safe for several threads.
 */
public final class RecoverActivator implements Activator {

    /** The name of the operation in locks. */
    private static final String OPERATION = "standby failover";

    private static final Duration LOCK_WAIT = Duration.ofSeconds(30);

    private final Pool pool;
    private final Hypervisors hypervisors;
    private final Function<Pool, RestoreCheckpoint> restoration;
    private final Supplier<SettleUnfinished> settling;
    private final GuestLocks locks;
    private final CheckpointStore store;
    private final Permits permits;
    private final Clock clock;

    /**
     * @param restoration what restores within a pool
     * @param settling what settles a start that died on the host where the guest is started again
     */
    public RecoverActivator(
            Pool pool,
            Hypervisors hypervisors,
            Function<Pool, RestoreCheckpoint> restoration,
            Supplier<SettleUnfinished> settling,
            GuestLocks locks,
            CheckpointStore store,
            Permits permits,
            Clock clock) {
        this.pool = pool;
        this.hypervisors = hypervisors;
        this.restoration = restoration;
        this.settling = settling;
        this.locks = locks;
        this.store = store;
        this.permits = permits;
        this.clock = clock;
    }

    @Override
    public Way start(Start start, Consumer<List<Way>> announcement) {
        Host target = pool.host(start.place().host());
        try (Hypervisor there = hypervisors.connect(target)) {
            new DemandPermit(permits).run(start, there);
        }
        settle(start);
        Manifest newest = WarmCopies.newest(store, start.guest(), clock.instant())
                .orElseThrow(() -> new NotFound(
                        "no-copy",
                        "there is no checkpoint of guest '" + start.name() + "'",
                        "Start it by hand where its disks are: 'vfrt guest show " + start.name() + "'."));
        RecoverGuest.Outcome outcome = new RecoverGuest(
                        restoration
                                .apply(new Pool(List.of(target), hypervisors))
                                .whereClaimed(),
                        store,
                        clock)
                .run(
                        new RecoverGuest.Request(
                                newest.id().text(),
                                Optional.of(target.name()),
                                Optional.empty(),
                                Optional.of(newest.hostName()),
                                start.forms(),
                                false,
                                LOCK_WAIT),
                        prospects -> announcement.accept(
                                prospects.stream().map(Way::of).toList()),
                        Progress.NONE);
        return outcome.prospects().stream()
                .filter(prospect -> prospect.form() == outcome.chosen())
                .findFirst()
                .map(Way::of)
                .orElseThrow();
    }

    /** A copy that another start left there, never let run, would be taken for the guest. */
    @Override
    public void settle(Start start) {
        try (GuestLock lock = locks.take(start.guest(), start.name(), OPERATION, LOCK_WAIT)) {
            List<Reason> left = settling.get().run(lock, start.place().host());
            if (!left.isEmpty()) {
                throw new Refused("guest '" + start.name() + "' is not started", left);
            }
        }
    }
}
