package org.vfrt.xen.remus;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.vfrt.core.checkpoint.CaptureRules;
import org.vfrt.core.checkpoint.Unfinished;
import org.vfrt.core.epoch.Epoch;
import org.vfrt.core.epoch.ReceiveEpochs;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.failure.Temporary;
import org.vfrt.core.hot.GuestReceiver;
import org.vfrt.core.journal.GuestLock;
import org.vfrt.core.journal.GuestLocks;
import org.vfrt.core.journal.Journal;
import org.vfrt.core.journal.JournalEntry;
import org.vfrt.core.pool.Definition;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.OpenPool;
import org.vfrt.core.pool.Pool;
import org.vfrt.xen.host.HostShell;
import org.vfrt.xen.host.RootShell;
import org.vfrt.xen.libvirt.LibvirtHypervisor;

/**
 * Keeps the last complete epoch of a running guest, for as long as it runs and is reached. The guest's host sends it continuously (Xen's Remus); each epoch costs the guest a pause. No other operation of
 * vfrt's can be begun on the guest meanwhile. Network packets of an epoch that is lost may have been seen by others, and disks are not part of it.
 *
 * <p>For one thread that runs it, and any others that stop it.
 */
public final class ReceiveGuest implements GuestReceiver {

    /** The name of the operation in locks and in the journal. */
    public static final String OPERATION = "standby receive";

    private static final Duration SHORTEST = Duration.ofMillis(50);
    private static final Duration SHORTEST_STALL = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofMinutes(10);

    private final Pool pool;
    private final GuestLocks locks;
    private final Journal journal;
    private final Clock clock;
    private final AtomicReference<Sending> sending = new AtomicReference<>(Sending.NONE);
    private volatile boolean hostIsDead;

    public ReceiveGuest(Pool pool, GuestLocks locks, Journal journal, Clock clock) {
        this.pool = pool;
        this.locks = locks;
        this.journal = journal;
        this.clock = clock;
    }

    /** What is to be ended when somebody ends this: nothing before it has begun, and nothing more once somebody has. */
    private record Sending(Optional<RemusStream> stream) {
        private static final Sending NONE = new Sending(Optional.empty());
        private static final Sending ENDED = new Sending(Optional.empty());
    }

    /**
     * Receives until the guest, its host or the way there is gone, or somebody stops it.
     *
     * @param heard is told of each complete epoch
     * @throws Refused when it cannot be begun; the guest was not touched
     * @throws org.vfrt.core.failure.Busy when another operation holds the guest, or its epochs
     * @throws org.vfrt.core.failure.Failure when what arrives cannot be kept, or it is not known whether the guest goes on at its host
     */
    @Override
    public Outcome run(Request request, Consumer<Epoch> heard) {
        if (request.interval().compareTo(SHORTEST) < 0 || request.interval().compareTo(LONGEST) > 0) {
            throw new BadInput(
                    "bad-interval",
                    "epochs every " + request.interval().toMillis() + " ms are not to be had",
                    "Ask for something between " + SHORTEST.toMillis() + " ms and " + LONGEST.toMinutes()
                            + " minutes.");
        }
        if (request.stall().compareTo(SHORTEST_STALL) < 0) {
            throw new BadInput(
                    "bad-stall",
                    "a copy that ends after " + request.stall().toMillis() + " ms without progress would end at once",
                    "Allow a second at least.");
        }
        try (OpenPool hosts = pool.open()) {
            OpenPool.Located found = hosts.locate(request.guest(), request.host());
            Guest guest = found.guest();
            try (GuestLock lock = locks.take(guest.uuid(), guest.name(), OPERATION, request.lockWait())) {
                LibvirtHypervisor host = (LibvirtHypervisor) found.host();
                Definition definition = Definition.parse(host.definition(guest.uuid()));
                List<Reason> reasons = new ArrayList<>(Unfinished.about(journal, lock.guest()));
                reasons.addAll(obstacles(host, guest, definition));
                if (!reasons.isEmpty()) {
                    throw new Refused("guest '" + guest.name() + "' is not received", reasons);
                }
                JournalEntry entry = Unfinished.begin(journal, OPERATION, lock, guest.name(), host);
                try {
                    return receive(request, host, guest, definition, entry, heard);
                } finally {
                    if (!entry.unsettled()) {
                        journal.end(entry);
                    }
                }
            }
        }
    }

    /** Ends it: {@link #run} returns soon, when the guest's host has made sure that the guest goes on. Before it has begun, it ends at once. */
    @Override
    public void stop() {
        sending.getAndSet(Sending.ENDED).stream().ifPresent(RemusStream::end);
    }

    /** Ends it because the guest's host is known to be dead: {@link #run} returns at once, asks nobody, and leaves its journal entry to whoever starts the guest elsewhere. */
    @Override
    public void abandon() {
        hostIsDead = true;
        stop();
    }

    /** Returns why the guest cannot be received; empty when it can. Changes nothing. */
    private static List<Reason> obstacles(LibvirtHypervisor host, Guest guest, Definition definition) {
        if (!host.xen()) {
            return List.of(new Reason(
                    "no-remus", "libvirt's test driver cannot send guests continuously", "This needs a Xen host."));
        }
        List<Reason> reasons = new ArrayList<>();
        if (definition.kind() == Definition.Kind.PV) {
            reasons.add(new Reason(
                    "pv-guest",
                    "it is a PV guest, and Debian's Xen cannot track the memory that a PV guest writes",
                    "Use the warm tier, or turn the guest into a PVH guest."));
        }
        reasons.addAll(CaptureRules.cannotBeSaved(host, guest, definition));
        List<Reason> root = RootShell.obstacles(host.host(), host.shell());
        reasons.addAll(root);
        if (root.isEmpty()) {
            reasons.addAll(RemusStream.obstacles(shell(host), host.host().name(), guest.uuid()));
        }
        return reasons;
    }

    private static HostShell shell(LibvirtHypervisor host) {
        return host.shell().orElseThrow();
    }

    private Outcome receive(
            Request request,
            LibvirtHypervisor host,
            Guest guest,
            Definition definition,
            JournalEntry entry,
            Consumer<Epoch> heard) {
        ReceiveEpochs epochs = new ReceiveEpochs(request.into(), clock);
        ReceiveEpochs.Origin origin =
                new ReceiveEpochs.Origin(definition.xml(), definition.memoryBytes(), request.interval());
        // Noted before, and taken back only when it is known that the guest goes on.
        entry.note(JournalEntry.UNSETTLED, JournalEntry.YES);
        ReceiveEpochs.Ended ended;
        try (RemusStream stream = RemusStream.begin(shell(host), guest, request.interval(), request.stall())) {
            if (!sending.compareAndSet(Sending.NONE, new Sending(Optional.of(stream)))) {
                stream.end();
            }
            ended = epochs.run(stream.bytes(), origin, heard);
        } catch (Failure failure) {
            try {
                settle(host, guest, entry);
            } catch (Failure another) {
                failure.addSuppressed(another);
            }
            throw failure;
        }
        List<String> notes = new ArrayList<>();
        if (hostIsDead) {
            return new Outcome(guest.name(), host.host().name(), ended.last(), ended.why(), notes);
        }
        try {
            notes.addAll(settle(host, guest, entry));
        } catch (Temporary silent) {
            notes.add("whether the guest goes on at host '" + host.host().name() + "' is not known: "
                    + silent.getMessage());
        }
        return new Outcome(guest.name(), host.host().name(), ended.last(), ended.why(), notes);
    }

    private static List<String> settle(LibvirtHypervisor host, Guest guest, JournalEntry entry) {
        List<String> notes = RemusStream.stop(shell(host), host.host().name(), guest.uuid());
        entry.note(JournalEntry.UNSETTLED, "no");
        return notes;
    }
}
