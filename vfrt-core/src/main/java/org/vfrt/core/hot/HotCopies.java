package org.vfrt.core.hot;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.vfrt.core.durable.DurableFiles;
import org.vfrt.core.epoch.Epoch;
import org.vfrt.core.epoch.EpochRecall;
import org.vfrt.core.epoch.EpochStatus;
import org.vfrt.core.epoch.RemoveEpochs;
import org.vfrt.core.failure.Busy;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.failure.Temporary;
import org.vfrt.core.process.Ticker;
import org.vfrt.core.standby.Protection;
import org.vfrt.core.standby.StandbyCaptures;
import org.vfrt.core.standby.Tier;

/**
 * Keeps the last complete epoch of guests of the tier {@link Tier#HOT}, each received in a thread of its own; copies of all other guests are somebody else's. A guest's epochs may be recalled by whoever starts it
 * elsewhere, in another process too: then its receiver lets go of them at once, and leaves its journal entry to that one. Safe for several threads.
 */
public final class HotCopies implements StandbyCaptures {

    /** A guest must not stand still for longer because of a standby, or a network, that takes nothing. */
    private static final Duration STALL = Duration.ofSeconds(10);

    private static final Duration LOCK_WAIT = Duration.ofSeconds(10);
    /** How often is looked whether somebody recalls the epochs: it is part of the time until the guest runs again. */
    private static final Duration LOOK = Duration.ofMillis(100);

    private final StandbyCaptures others;
    private final Supplier<GuestReceiver> receivers;
    private final EpochPlaces places;
    private final Ticker ticker;

    /**
     * @param receivers makes one for each stream; several may go on at once
     * @param ticker passes time between two looks whether a stream is recalled
     */
    public HotCopies(StandbyCaptures others, Supplier<GuestReceiver> receivers, EpochPlaces places, Ticker ticker) {
        this.others = others;
        this.receivers = receivers;
        this.places = places;
        this.ticker = ticker;
    }

    @Override
    public List<Reason> obstacles(Protection protection, String from) {
        return protection.tier() == Tier.HOT
                ? receivers.get().obstacles(request(protection, from))
                : others.obstacles(protection, from);
    }

    private GuestReceiver.Request request(Protection protection, String from) {
        return new GuestReceiver.Request(
                protection.guest(), from, places.of(protection.guest()), protection.interval(), STALL, LOCK_WAIT);
    }

    @Override
    public Feed begin(Protection protection, String from, String to) {
        if (protection.tier() != Tier.HOT) {
            return others.begin(protection, from, to);
        }
        Receiving receiving = new Receiving(receivers.get(), request(protection, from), protection.name(), ticker);
        receiving.start();
        return receiving;
    }

    /** A checkpoint that is newer than the last epoch counts: nothing of the guest's is lost by taking that. */
    @Override
    public Optional<Copy> newest(Protection protection) {
        Optional<Copy> checkpoint = others.newest(protection);
        if (protection.tier() != Tier.HOT) {
            return checkpoint;
        }
        Optional<Copy> epoch = EpochStatus.of(places.of(protection.guest()))
                .last()
                .map(last -> new Copy(last.instant(), protection.standby().orElse("")));
        return Stream.of(epoch, checkpoint).flatMap(Optional::stream).max(Comparator.comparing(Copy::instant));
    }

    @Override
    public boolean holds(Protection protection, String host) {
        return others.holds(protection, host);
    }

    @Override
    public void handOver(Protection protection, String from, String to, long epoch) {
        others.handOver(protection, from, to, epoch);
    }

    /** What is in use stays, and is removed another time. */
    @Override
    public void retain(Set<UUID> guests) {
        others.retain(guests);
        try {
            for (Path place : DurableFiles.list(places.directory())) {
                Optional<UUID> guest = guest(place);
                if (guest.isPresent() && !guests.contains(guest.get())) {
                    remove(place);
                }
            }
        } catch (IOException e) {
            throw new Failed(
                    "epochs-unreadable",
                    "what is in '" + places.directory() + "' cannot be read: " + e.getMessage(),
                    "See who the directory belongs to, and what it is on.",
                    e);
        }
    }

    private static void remove(Path place) {
        try {
            new RemoveEpochs(place).run();
        } catch (Busy e) {
            // See above: the others go all the same.
            return;
        }
    }

    private static Optional<UUID> guest(Path place) {
        try {
            return Optional.of(UUID.fromString(String.valueOf(place.getFileName())));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** One stream, with a thread that receives and one that looks whether it is recalled. */
    private static final class Receiving implements Feed {

        private final GuestReceiver receiver;
        private final GuestReceiver.Request request;
        private final Ticker ticker;
        private final List<Thread> threads = new ArrayList<>();
        private volatile Optional<Epoch> last = Optional.empty();
        private volatile boolean told;
        private volatile boolean over;
        private volatile @Nullable Failure failure;

        Receiving(GuestReceiver receiver, GuestReceiver.Request request, String guestName, Ticker ticker) {
            this.receiver = receiver;
            this.ticker = ticker;
            this.request = request;
            threads.add(new Thread(this::receive, "receiver of " + guestName));
            threads.add(new Thread(this::listen, "recall of " + guestName));
        }

        void start() {
            threads.forEach(thread -> {
                thread.setDaemon(true);
                thread.start();
            });
        }

        private void receive() {
            try {
                GuestReceiver.Outcome outcome = receiver.run(request, epoch -> last = Optional.of(epoch));
                failure = told ? null : ended(outcome);
            } catch (Failure e) {
                failure = told ? null : e;
            } catch (RuntimeException e) {
                failure = new Failed("receiver-broke", "a guest's receiver broke: " + e, "", e);
            } finally {
                over = true;
            }
        }

        private Temporary ended(GuestReceiver.Outcome outcome) {
            return new Temporary(
                    "stream-ended",
                    "guest '" + outcome.guestName() + "' on host '" + outcome.hostName()
                            + "' is not received any more: "
                            + outcome.why()
                            + (outcome.notes().isEmpty() ? "" : "; " + String.join("; ", outcome.notes()))
                            + "; its last complete epoch is "
                            + outcome.last()
                                    .map(epoch -> "of " + epoch.instant())
                                    .orElse("that of an earlier stream, if there is one"),
                    "It begins anew by itself; see whether the host and the guest are well.");
        }

        private void listen() {
            try {
                while (!over) {
                    ticker.sleep(LOOK);
                    if (isRecalled()) {
                        abandon();
                        return;
                    }
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private boolean isRecalled() {
            try {
                return EpochRecall.goesOn(request.into());
            } catch (Failure e) {
                // Whoever recalls them meets the same, and this thread has to be there when it is over.
                return false;
            }
        }

        @Override
        public Progress look() {
            return new Progress(!over, last.map(Epoch::instant), Optional.ofNullable(failure));
        }

        @Override
        public void stop() {
            told = true;
            receiver.stop();
        }

        @Override
        public void abandon() {
            told = true;
            receiver.abandon();
        }

        @Override
        public void awaitEnd(Duration most) {
            try {
                threads.get(0).join(Math.max(1, most.toMillis()));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
