package org.vfrt.xen.remus;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.vfrt.core.checkpoint.CaptureRules;
import org.vfrt.core.checkpoint.Unfinished;
import org.vfrt.core.epoch.Epoch;
import org.vfrt.core.epoch.EpochSpace;
import org.vfrt.core.epoch.ReceiveEpochs;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.NotFound;
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
import org.vfrt.core.pool.Hypervisor;
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

    private static final Duration SHORTEST = Duration.ofMillis(50);
    private static final Duration SHORTEST_STALL = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofMinutes(10);
    private static final Duration LOOK = Duration.ofMillis(100);

    private final Pool pool;
    private final GuestLocks locks;
    private final Journal journal;
    private final Clock clock;
    private final String ownBoot;
    private final AtomicReference<Sending> sending = new AtomicReference<>(Sending.NONE);
    private volatile boolean hostIsDead;

    /** @param ownBoot the boot id of this machine's kernel */
    public ReceiveGuest(Pool pool, GuestLocks locks, Journal journal, Clock clock, String ownBoot) {
        this.pool = pool;
        this.locks = locks;
        this.journal = journal;
        this.clock = clock;
        this.ownBoot = ownBoot;
    }

    /** What is to be ended when somebody ends this: nothing before it has begun, and nothing more once somebody has. */
    private record Sending(Optional<RemusStream> stream) {
        private static final Sending NONE = new Sending(Optional.empty());
        private static final Sending ENDED = new Sending(Optional.empty());
    }

    @Override
    public List<Reason> obstacles(Request request) {
        demandSensible(request);
        try (Hypervisor there = pool.connect(request.host())) {
            LibvirtHypervisor host = (LibvirtHypervisor) there;
            Guest guest = guest(host, request);
            Definition definition = Definition.parse(host.definition(guest.uuid()));
            RemusStream.Checked found = found(request, host, guest, definition);
            // One that is sent already stands still for a moment at each epoch.
            return found.obstacles().stream()
                    .filter(reason -> !(found.goingOn() && reason.code().equals("guest-paused")))
                    .toList();
        }
    }

    @Override
    public Outcome run(Request request, Consumer<Epoch> heard) {
        demandSensible(request);
        try (Hypervisor there = pool.connect(request.host())) {
            LibvirtHypervisor host = (LibvirtHypervisor) there;
            Guest guest = guest(host, request);
            try (GuestLock lock = locks.take(guest.uuid(), guest.name(), OPERATION, request.lockWait())) {
                settleFormer(host, lock);
                Definition definition = Definition.parse(host.definition(guest.uuid()));
                RemusStream.Checked found = found(request, host, guest, definition);
                if (found.goingOn()) {
                    // On this machine only the holder of the guest's lock would be at it; whoever leads takes it from
                    // another.
                    RemusStream.stop(shell(host), host.host().name(), guest.uuid());
                    found = found(request, host, guest(host, request), definition);
                }
                List<Reason> reasons = new ArrayList<>(Unfinished.about(journal, lock.guest()));
                reasons.addAll(found.obstacles());
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

    private static void demandSensible(Request request) {
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
    }

    private static Guest guest(LibvirtHypervisor host, Request request) {
        return host.guest(request.guest())
                .orElseThrow(() -> new NotFound(
                        "no-such-guest",
                        "there is no guest '" + request.guest() + "' on host '" + request.host() + "'",
                        "List the guests with 'vfrt guest list'."));
    }

    /** What a receiver left that died. The guest runs on this host: at any other, a stream of it has ended. */
    private void settleFormer(LibvirtHypervisor host, GuestLock lock) {
        for (JournalEntry entry : journal.about(lock.guest())) {
            if (entry.fact(JournalEntry.OPERATION).filter(OPERATION::equals).isEmpty()) {
                continue;
            }
            if (entry.fact(JournalEntry.HOST).filter(host.host().name()::equals).isPresent()) {
                RemusStream.stop(shell(host), host.host().name(), lock.guest());
            }
            journal.end(entry);
        }
    }

    @Override
    public void stop() {
        sending.getAndSet(Sending.ENDED).stream().ifPresent(RemusStream::end);
    }

    @Override
    public void abandon() {
        hostIsDead = true;
        stop();
    }

    private RemusStream.Checked found(Request request, LibvirtHypervisor host, Guest guest, Definition definition) {
        if (!host.xen()) {
            return new RemusStream.Checked(
                    List.of(new Reason(
                            "no-remus",
                            "libvirt's test driver cannot send guests continuously",
                            "This needs a Xen host.")),
                    false);
        }
        List<Reason> reasons = new ArrayList<>();
        if (definition.kind() == Definition.Kind.PV) {
            reasons.add(new Reason(
                    "pv-guest",
                    "it is a PV guest, and Debian's Xen cannot track the memory that a PV guest writes",
                    "Use the warm tier, or turn the guest into a PVH guest."));
        }
        if (!definition.writableDisks().isEmpty()) {
            reasons.add(new Reason(
                    "disks-not-in-epochs",
                    "the guest can write to " + String.join(", ", definition.writableDisks())
                            + ", and an epoch holds memory only: memory of one instant over disks of a later one destroys what is on them",
                    "Use the warm tier, whose checkpoints hold disks, or make the disks read-only."));
        }
        reasons.addAll(CaptureRules.cannotBeSaved(host, guest, definition));
        EpochSpace.obstacle(request.into(), definition.memoryBytes()).ifPresent(reasons::add);
        List<Reason> root = RootShell.obstacles(host.host(), host.shell());
        reasons.addAll(root);
        if (!root.isEmpty()) {
            return new RemusStream.Checked(reasons, false);
        }
        RemusStream.Checked there = RemusStream.check(shell(host), host.host().name(), guest.uuid(), ownBoot);
        reasons.addAll(there.obstacles());
        return new RemusStream.Checked(reasons, there.goingOn());
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

    /** Has the host make sure that the guest goes on. A host that turns out to be dead meanwhile is not waited for: who starts the guest elsewhere waits for its lock. */
    private List<String> settle(LibvirtHypervisor host, Guest guest, JournalEntry entry) {
        FutureTask<List<String>> asking =
                new FutureTask<>(() -> RemusStream.stop(shell(host), host.host().name(), guest.uuid()));
        Thread thread = new Thread(asking, "end of the stream of " + guest.name());
        thread.setDaemon(true);
        thread.start();
        while (!hostIsDead) {
            try {
                List<String> notes = asking.get(LOOK.toMillis(), TimeUnit.MILLISECONDS);
                entry.note(JournalEntry.UNSETTLED, "no");
                return notes;
            } catch (TimeoutException e) {
                // It is asked on.
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new Temporary(
                        "interrupted", "waiting for host '" + host.host().name() + "' was interrupted", "", e);
            } catch (ExecutionException e) {
                if (e.getCause() instanceof Failure failure) {
                    throw failure;
                }
                throw new IllegalStateException("ending a stream broke", e.getCause());
            }
        }
        return List.of();
    }
}
