package org.vfrt.core.warm;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.vfrt.core.checkpoint.CheckpointStore;
import org.vfrt.core.checkpoint.Manifest;
import org.vfrt.core.checkpoint.Progress;
import org.vfrt.core.checkpoint.RecoverGuest;
import org.vfrt.core.checkpoint.RestoreCheckpoint;
import org.vfrt.core.failure.NotFound;
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

    private static final Duration LOCK_WAIT = Duration.ofSeconds(30);

    private final Pool pool;
    private final Hypervisors hypervisors;
    private final Function<Pool, RestoreCheckpoint> restoration;
    private final CheckpointStore store;
    private final Permits permits;
    private final Clock clock;

    /** @param restoration what restores within a pool */
    public RecoverActivator(
            Pool pool,
            Hypervisors hypervisors,
            Function<Pool, RestoreCheckpoint> restoration,
            CheckpointStore store,
            Permits permits,
            Clock clock) {
        this.pool = pool;
        this.hypervisors = hypervisors;
        this.restoration = restoration;
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
        Manifest newest = WarmCopies.newest(store, start.guest(), clock.instant())
                .orElseThrow(() -> new NotFound(
                        "no-copy",
                        "there is no checkpoint of guest '" + start.name() + "'",
                        "Start it by hand where its disks are: 'vfrt guest show " + start.name() + "'."));
        RecoverGuest.Outcome outcome = new RecoverGuest(
                        restoration.apply(new Pool(List.of(target), hypervisors)), store, clock)
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
}
