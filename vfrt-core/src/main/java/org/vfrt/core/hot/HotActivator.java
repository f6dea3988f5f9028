package org.vfrt.core.hot;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.vfrt.core.checkpoint.RestoreForm;
import org.vfrt.core.checkpoint.Restorer;
import org.vfrt.core.checkpoint.Settler;
import org.vfrt.core.checkpoint.Unfinished;
import org.vfrt.core.epoch.EpochImage;
import org.vfrt.core.epoch.EpochRecall;
import org.vfrt.core.epoch.EpochStatus;
import org.vfrt.core.failure.Busy;
import org.vfrt.core.failure.Damaged;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.journal.GuestLock;
import org.vfrt.core.journal.GuestLocks;
import org.vfrt.core.journal.Journal;
import org.vfrt.core.journal.JournalEntry;
import org.vfrt.core.pool.Definition;
import org.vfrt.core.pool.Host;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.pool.Pool;
import org.vfrt.core.process.Ticker;
import org.vfrt.core.standby.Activator;
import org.vfrt.core.standby.DemandPermit;

/**
 * Starts guests from their last complete epoch, where one is kept here that is newer than any checkpoint; all others are started by somebody else. As that one, it asks no other host. Safe for several threads.
 */
public final class HotActivator implements Activator {

    /** The name of the operation in locks and in the journal. */
    public static final String OPERATION = "standby failover";

    /** The word for the way that it takes. */
    public static final String FORM = "epoch";

    private static final Duration LOCK_WAIT = Duration.ofSeconds(30);
    private static final Duration POLL = Duration.ofMillis(50);

    private final Activator otherwise;
    private final Function<Start, Optional<Instant>> checkpoint;
    private final EpochPlaces places;
    private final Pool pool;
    private final DemandPermit permit;
    private final RestoreEpoch restoration;
    private final Restorer restorer;
    private final Settler receptions;
    private final GuestLocks locks;
    private final Journal journal;
    private final Clock clock;
    private final Ticker ticker;

    /**
     * @param otherwise starts all others
     * @param checkpoint tells the instant of the newest checkpoint that somebody else would take
     * @param restorer of images of Xen
     * @param receptions settles what receivers left unfinished
     */
    public HotActivator(
            Activator otherwise,
            Function<Start, Optional<Instant>> checkpoint,
            EpochPlaces places,
            Pool pool,
            DemandPermit permit,
            Restorer restorer,
            Settler receptions,
            GuestLocks locks,
            Journal journal,
            Clock clock,
            Ticker ticker) {
        this.otherwise = otherwise;
        this.checkpoint = checkpoint;
        this.places = places;
        this.pool = pool;
        this.permit = permit;
        this.restoration = new RestoreEpoch(restorer);
        this.restorer = restorer;
        this.receptions = receptions;
        this.locks = locks;
        this.journal = journal;
        this.clock = clock;
        this.ticker = ticker;
    }

    @Override
    public Way start(Start start, Consumer<List<Way>> announcement) {
        Path epochs = places.of(start.guest());
        if (!Files.isDirectory(epochs)) {
            return otherwise.start(start, announcement);
        }
        Host target = pool.host(start.place().host());
        try (Hypervisor there = pool.connect(target.name())) {
            permit.run(start, there);
            // Its receiver waits for a host that is dead, and has the guest's lock, in whatever form it comes back.
            try (EpochRecall recall = EpochRecall.begin(epochs, ticker)) {
                Optional<Way> way = isNewest(start, recall.guest())
                        ? fromEpoch(start, recall.guest(), there, announcement)
                        : Optional.empty();
                if (way.isPresent()) {
                    return way.get();
                }
                try (GuestLock lock = locks.take(start.guest(), start.name(), OPERATION, LOCK_WAIT)) {
                    settleReceivers(lock, there);
                }
            }
        }
        return otherwise.start(start, announcement);
    }

    /** What this class begins is in the same journal. */
    @Override
    public void settle(Start start) {
        otherwise.settle(start);
    }

    private boolean isNewest(Start start, Path epochs) {
        Optional<Instant> kept = EpochStatus.of(epochs).last().map(epoch -> epoch.instant());
        Optional<Instant> taken = checkpoint.apply(start);
        return start.forms().contains(RestoreForm.MEMORY)
                && kept.isPresent()
                && !taken.filter(instant -> instant.isAfter(kept.get())).isPresent();
    }

    /** @return empty when there is no epoch that could be taken; nothing was touched */
    private Optional<Way> fromEpoch(Start start, Path epochs, Hypervisor target, Consumer<List<Way>> announcement) {
        try (GuestLock lock = locks.take(start.guest(), start.name(), OPERATION, LOCK_WAIT)) {
            Optional<EpochImage> image = image(epochs);
            // Memory belongs to the disks that it was taken with (rule 3), and an epoch has none.
            if (image.isEmpty()
                    || !Definition.parse(image.get().definition())
                            .writableDisks()
                            .isEmpty()) {
                close(image);
                return Optional.empty();
            }
            try {
                settleReceivers(lock, target);
                settleStarts(start, lock, target);
                return Optional.of(restored(start, image.get(), lock, target, announcement));
            } finally {
                close(image);
            }
        }
    }

    private Way restored(
            Start start, EpochImage image, GuestLock lock, Hypervisor target, Consumer<List<Way>> announcement) {
        Duration age = Duration.between(image.epoch().instant(), clock.instant());
        Way way = new Way(FORM, age.isNegative() ? Duration.ZERO : age, List.of());
        announcement.accept(List.of(way));
        JournalEntry entry = Unfinished.begin(journal, OPERATION, lock, start.name(), target);
        try {
            restoration.run(image, target, entry);
            return way;
        } finally {
            if (!entry.unsettled()) {
                journal.end(entry);
            }
        }
    }

    /** Its receiver lets go of it soon. */
    private Optional<EpochImage> image(Path epochs) {
        Duration end = ticker.elapsed().plus(LOCK_WAIT);
        while (true) {
            try {
                return EpochImage.open(epochs);
            } catch (Damaged e) {
                return Optional.empty();
            } catch (Busy e) {
                if (ticker.elapsed().compareTo(end) >= 0) {
                    throw e;
                }
            }
            try {
                ticker.sleep(POLL);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new Busy("interrupted", "waiting for the epochs in '" + epochs + "' was interrupted", "", e);
            }
        }
    }

    private static void close(Optional<EpochImage> image) {
        try {
            if (image.isPresent()) {
                image.get().close();
            }
        } catch (IOException e) {
            // It was only read, and the system has let go of its lock even so.
        }
    }

    /** A host that the claim does not name is dead, or has let go of the guest, and there is evidence of it: what a receiver began there is over. */
    private void settleReceivers(GuestLock lock, Hypervisor target) {
        for (JournalEntry entry : journal.about(lock.guest())) {
            if (entry.fact(JournalEntry.OPERATION)
                    .filter(GuestReceiver.OPERATION::equals)
                    .isPresent()) {
                if (isOn(target.host().name(), entry)) {
                    receptions.settle(entry, new ArrayList<>());
                }
                journal.end(entry);
            }
        }
    }

    /** The same of a start of this guest; one that was broken off on the target is settled there. Anything else that is unfinished keeps the guest from being started. */
    private void settleStarts(Start start, GuestLock lock, Hypervisor target) {
        for (JournalEntry entry : journal.about(lock.guest())) {
            boolean ours =
                    entry.fact(JournalEntry.OPERATION).filter(OPERATION::equals).isPresent();
            boolean onTarget = isOn(target.host().name(), entry);
            if (ours && onTarget) {
                restorer.settle(entry, target);
            } else if (!ours && (onTarget || !start.gone().equals(entry.fact(JournalEntry.HOST)))) {
                throw unsettled(start, entry);
            }
            journal.end(entry);
        }
    }

    private static boolean isOn(String host, JournalEntry entry) {
        return entry.fact(JournalEntry.HOST).filter(host::equals).isPresent();
    }

    private static Refused unsettled(Start start, JournalEntry entry) {
        return new Refused(
                "guest '" + start.name() + "' is not started from its epoch",
                List.of(new Reason(
                        "unsettled",
                        "'" + entry.fact(JournalEntry.OPERATION).orElse("an operation") + "' of the guest on host '"
                                + entry.fact(JournalEntry.HOST).orElse("?") + "' is unfinished",
                        "'vfrt host check' says what is in the way of settling it.")));
    }
}
