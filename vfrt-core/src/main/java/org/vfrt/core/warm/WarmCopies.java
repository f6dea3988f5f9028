package org.vfrt.core.warm;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;
import org.vfrt.core.checkpoint.CheckpointStore;
import org.vfrt.core.checkpoint.CreateCheckpoint;
import org.vfrt.core.checkpoint.DeleteCheckpoint;
import org.vfrt.core.checkpoint.DiskWish;
import org.vfrt.core.checkpoint.FindCheckpoint;
import org.vfrt.core.checkpoint.Manifest;
import org.vfrt.core.checkpoint.Tag;
import org.vfrt.core.failure.Busy;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.standby.Protection;
import org.vfrt.core.standby.StandbyCaptures;
import org.vfrt.core.standby.Tier;

/** Keeps copies as checkpoints of the store, marked with {@link #TAG}. Safe for several threads. */
public final class WarmCopies implements StandbyCaptures {

    /** What marks a checkpoint as a copy of standby's. */
    public static final Tag TAG = new Tag("standby");

    /** Another operation on the guest is waited for: a capture that is not begun is a copy that grows old. */
    private static final Duration LOCK_WAIT = Duration.ofMinutes(1);

    /** So many copies stay: should the newest turn out to be damaged, there is another. */
    private static final int KEPT = 3;

    private final Supplier<CreateCheckpoint> creation;
    private final Supplier<DeleteCheckpoint> deletion;
    private final CheckpointStore store;
    private final Clock clock;

    /**
     * @param creation makes one for each capture; several may go on at once
     * @param deletion removes those that newer ones stand for
     */
    public WarmCopies(
            Supplier<CreateCheckpoint> creation,
            Supplier<DeleteCheckpoint> deletion,
            CheckpointStore store,
            Clock clock) {
        this.creation = creation;
        this.deletion = deletion;
        this.store = store;
        this.clock = clock;
    }

    @Override
    public Feed begin(Protection protection, String from, String to) {
        demandWarm(protection);
        FutureTask<Instant> task = new FutureTask<>(() -> capture(protection, from));
        Thread thread = new Thread(task, "capture of " + protection.name());
        thread.setDaemon(true);
        thread.start();
        return new Running(task, thread);
    }

    private static void demandWarm(Protection protection) {
        if (protection.tier() != Tier.WARM) {
            throw new Refused(
                    "tier-not-kept",
                    "guest '" + protection.name() + "' is protected by the tier '"
                            + protection.tier().text() + "', which is not kept by checkpoints",
                    "Protect it again with '--tier hot' or '--tier warm'.");
        }
    }

    private Instant capture(Protection protection, String from) {
        CreateCheckpoint.Outcome outcome = creation.get()
                .run(
                        new CreateCheckpoint.Request(
                                protection.guest().toString(),
                                Optional.of(from),
                                Optional.empty(),
                                Optional.empty(),
                                List.of(TAG),
                                Optional.empty(),
                                DiskWish.CONTENT,
                                false,
                                LOCK_WAIT),
                        plan -> {},
                        org.vfrt.core.checkpoint.Progress.NONE);
        retire(protection.guest());
        return outcome.manifest().map(Manifest::instant).orElseThrow();
    }

    /** Those that people or policies took, or marked, are theirs. What cannot be removed now is removed after the next capture. */
    private void retire(UUID guest) {
        store.list().stream()
                .filter(manifest ->
                        manifest.guestUuid().equals(guest) && manifest.tags().equals(List.of(TAG)))
                .sorted(FindCheckpoint.OLDEST_FIRST.reversed())
                .skip(KEPT)
                .forEach(old -> {
                    try {
                        deletion.get().run(old.id(), false);
                    } catch (Refused | Busy e) {
                        // The last one that is whole, or one that is being restored: it stays.
                    }
                });
    }

    /** One capture, in a thread of its own. */
    private record Running(FutureTask<Instant> task, Thread thread) implements Feed {

        @Override
        public StandbyCaptures.Progress look() {
            if (!task.isDone()) {
                return new StandbyCaptures.Progress(true, Optional.empty(), Optional.empty());
            }
            try {
                return new StandbyCaptures.Progress(false, Optional.of(task.get()), Optional.empty());
            } catch (CancellationException e) {
                return new StandbyCaptures.Progress(false, Optional.empty(), Optional.empty());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return new StandbyCaptures.Progress(true, Optional.empty(), Optional.empty());
            } catch (ExecutionException e) {
                if (e.getCause() instanceof Failure failure) {
                    return new StandbyCaptures.Progress(false, Optional.empty(), Optional.of(failure));
                }
                throw new IllegalStateException("a capture broke", e.getCause());
            }
        }

        /** A capture that is cut short leaves the guest to the next command; it ends soon by itself, so it is waited for. */
        @Override
        public void stop() {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public Optional<Copy> newest(Protection protection) {
        return newest(store, protection.guest(), clock.instant())
                .map(manifest ->
                        new Copy(manifest.instant(), protection.standby().orElse(manifest.hostName())));
    }

    /** The newest checkpoint of a guest that was not found damaged, whoever took it. One from the future is left out: a clock was set. */
    public static Optional<Manifest> newest(CheckpointStore store, UUID guest, Instant now) {
        return CreateCheckpoint.counting(store).stream()
                .filter(manifest -> manifest.guestUuid().equals(guest))
                .filter(manifest -> !manifest.instant().isAfter(now))
                .max(FindCheckpoint.OLDEST_FIRST);
    }

    @Override
    public boolean holds(Protection protection, String host) {
        return false;
    }

    @Override
    public void handOver(Protection protection, String from, String to, long epoch) {
        throw new Refused(
                "no-hand-over",
                "guest '" + protection.name() + "' cannot be handed over by a last checkpoint",
                "Move it live with 'vfrt standby failover --planned'.");
    }
}
