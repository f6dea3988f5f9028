package org.vfrt.core.checkpoint;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.journal.GuestLock;
import org.vfrt.core.journal.Journal;
import org.vfrt.core.journal.JournalEntry;
import org.vfrt.core.pool.Definition;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.pool.OpenPool;
import org.vfrt.core.pool.Pool;

/**
 * Moves a guest that cannot be migrated live: it is stopped into a checkpoint, and goes on from that on its new host. Its old host keeps its memory
 * in a file until it runs there, and gets it back when it does not.
 */
public final class MoveThroughStore implements Settler {

    private final String operation;
    private final Pool pool;
    private final Capture capture;
    private final List<Restorer> restorers;
    private final CheckpointStore store;
    private final Journal journal;
    private final Clock clock;

    /**
     * @param operation the name of the operation in the journal
     * @param capture one that can leave the guest stopped
     */
    public MoveThroughStore(
            String operation,
            Pool pool,
            Capture capture,
            List<Restorer> restorers,
            CheckpointStore store,
            Journal journal,
            Clock clock) {
        this.operation = operation;
        this.pool = pool;
        this.capture = capture;
        this.restorers = List.copyOf(restorers);
        this.store = store;
        this.journal = journal;
        this.clock = clock;
    }

    /**
     * Which guest goes where. The caller holds the guest's lock.
     *
     * @param definition the guest's definition as read by the check
     */
    public record Move(Hypervisor source, Hypervisor target, Guest guest, Definition definition, GuestLock lock) {}

    /**
     * What came of it.
     *
     * @param pause from its last moment on its old host to its first on the new one
     * @param checkpoint made on the way; it stays in the store
     */
    public record Moved(Guest guest, Duration took, Duration pause, CheckpointId checkpoint, List<String> notes) {

        public Moved {
            notes = List.copyOf(notes);
        }
    }

    /** Asks why it cannot be done. Changes nothing; every reason at once. */
    public List<Reason> obstacles(Move move) {
        List<Reason> reasons = new ArrayList<>(capture.obstacles(move.source(), move.guest(), move.definition()));
        store.notWritable().ifPresent(reasons::add);
        CaptureRules.space(store, store.list(), move.guest().uuid(), move.definition())
                .ifPresent(reasons::add);
        return reasons;
    }

    /** Returns how long the guest would stand still: all of its memory is written, and read again. */
    public Duration predictedPause(Move move) {
        return PausePrediction.of(
                        store.list(),
                        move.guest().uuid(),
                        move.source().host().name(),
                        Method.SAVE,
                        move.definition().memoryBytes(),
                        List.of())
                .pause();
    }

    /**
     * Moves the guest.
     *
     * @throws Failure when it is not on its new host; the message says where it runs
     */
    public Moved run(Move move, JournalEntry entry, Progress progress) {
        Instant begun = clock.instant();
        CheckpointId id = CheckpointId.at(begun);
        entry.note(Unfinished.STORE, store.location());
        entry.note(
                Unfinished.POOL,
                pool.hosts().stream().map(host -> host.uri().text()).collect(Collectors.joining(" ")));
        entry.note(Unfinished.CHECKPOINT, id.text());
        entry.note(Unfinished.METHOD, Method.SAVE.name());
        Captured captured = suspend(move, entry, id, begun, progress);
        Guest there;
        try {
            there = restore(move, id, progress);
        } catch (Failure e) {
            throw backHome(move, entry, e);
        }
        List<String> notes = new ArrayList<>(captured.notes());
        notes.add("checkpoint '" + id + "', made on the way, stays in the store");
        forget(move, entry, notes);
        entry.note(JournalEntry.UNSETTLED, "no");
        Instant now = clock.instant();
        return new Moved(there, Duration.between(begun, now), Duration.between(captured.instant(), now), id, notes);
    }

    private Captured suspend(Move move, JournalEntry entry, CheckpointId id, Instant begun, Progress progress) {
        Definition definition = move.definition();
        try (Incoming incoming = store.begin(id, move.guest().uuid())) {
            ImageReception reception = new ImageReception(incoming, definition);
            Captured captured = capture.capture(new CaptureJob(
                    move.source(), move.guest(), definition, reception, entry, progress, Standstill.NOTHING, true));
            try {
                Seal seal = new Seal(
                        id,
                        begun,
                        move.source(),
                        move.guest(),
                        definition,
                        Method.SAVE,
                        Optional.empty(),
                        PairedDisks.none(),
                        List.of(),
                        Map.of());
                incoming.commit(
                        captured.definition(),
                        (bytes, image, sha256, disks) -> seal.manifest(
                                captured, reception.format(), bytes, image, sha256, disks, clock.instant()));
            } catch (Failure e) {
                throw backHome(move, entry, e);
            }
            return captured;
        }
    }

    /** In an entry of its own: what a restore that dies leaves is settled before it is asked where the guest is. */
    private Guest restore(Move move, CheckpointId id, Progress progress) {
        Manifest manifest = new FindCheckpoint(store).run(id.text());
        Restorer restorer = restorers.stream()
                .filter(one -> one.format() == manifest.format())
                .findFirst()
                .orElseThrow();
        JournalEntry entry = Unfinished.begin(
                journal, RestoreCheckpoint.OPERATION, move.lock(), move.guest().name(), move.target());
        entry.note(Unfinished.CHECKPOINT, id.text());
        entry.note(Unfinished.METHOD, manifest.format().name());
        try {
            return restorer.restore(new Restorer.RestoreJob(
                    move.target(),
                    Definition.parse(store.definition(id)),
                    manifest.format(),
                    () -> store.image(id),
                    manifest.imageBytes(),
                    false,
                    move.guest().persistent(),
                    entry,
                    progress));
        } finally {
            if (!entry.unsettled()) {
                journal.end(entry);
            }
        }
    }

    private void forget(Move move, JournalEntry entry, List<String> notes) {
        try {
            capture.forget(entry, move.source());
            move.source()
                    .guest(move.guest().uuid())
                    .filter(guest -> !guest.state().active())
                    .ifPresent(guest -> move.source().undefine(guest.uuid()));
        } catch (Failure e) {
            notes.add("its old host could not be tidied up: " + e.getMessage());
        }
    }

    /** It never ran on its new host, or that would not have failed; unless that is not known. */
    private Failure backHome(Move move, JournalEntry entry, Failure cause) {
        String what = "guest '" + move.guest().name() + "' was not moved to host '"
                + move.target().host().name() + "': " + cause.getMessage();
        try {
            if (!journal.about(move.guest().uuid()).stream()
                    .allMatch(one -> one.id().equals(entry.id()))) {
                return new Failed(
                        "move-broken",
                        what + "; whether it runs there is not known, so it is not brought back on host '"
                                + move.source().host().name() + "'",
                        "Run 'vfrt host check': it finds out, and brings it back if it does not run.",
                        cause);
            }
            List<String> done = capture.settle(entry, move.source());
            entry.note(JournalEntry.UNSETTLED, "no");
            return new Failed("move-broken", what + "; " + String.join("; ", done), cause.hint(), cause);
        } catch (Failure e) {
            return new Failed("move-broken", what + "; " + e.getMessage(), e.hint(), cause);
        }
    }

    @Override
    public String operation() {
        return operation;
    }

    @Override
    public boolean settles(JournalEntry entry) {
        return entry.fact(Unfinished.METHOD).filter(Method.SAVE.name()::equals).isPresent();
    }

    @Override
    public Optional<Reason> settle(JournalEntry entry, List<String> sentences) {
        UUID uuid = UUID.fromString(entry.fact(JournalEntry.GUEST_UUID).orElseThrow());
        String name = entry.fact(JournalEntry.GUEST).orElseThrow();
        String home = entry.fact(JournalEntry.HOST).orElseThrow();
        if (journal.about(uuid).stream().anyMatch(one -> !one.id().equals(entry.id()))) {
            return Optional.of(new Reason(
                    "unsettled",
                    "the move of guest '" + name + "' waits until its restore is settled",
                    "'vfrt host check' says what is in the way of that."));
        }
        try (OpenPool hosts = pool.open()) {
            Hypervisor source = hosts.host(home);
            List<OpenPool.Located> active = hosts.everywhere(uuid.toString()).stream()
                    .filter(one -> one.guest().state().active())
                    .toList();
            Optional<OpenPool.Located> moved =
                    active.stream().filter(one -> one.host() != source).findFirst();
            if (moved.isPresent()) {
                sentences.add("guest '" + name + "' is on host '"
                        + moved.get().host().host().name() + "' by now");
                capture.forget(entry, source);
                if (moved.get().guest().persistent()
                        && source.guest(uuid)
                                .filter(one -> !one.state().active())
                                .isPresent()) {
                    source.undefine(uuid);
                }
                return Optional.empty();
            }
            if (active.isEmpty() && !hosts.silent().isEmpty()) {
                String silent = hosts.silent().keySet().iterator().next().name();
                return Optional.of(new Reason(
                        "host-silent",
                        "guest '" + name + "' stands stopped, and is not brought back on host '" + home + "': host '"
                                + silent + "' does not answer, and it may run there",
                        "Bring that host back; or restore checkpoint '"
                                + entry.fact(Unfinished.CHECKPOINT).orElse("?")
                                + "' when it is off for certain."));
            }
            sentences.addAll(capture.settle(entry, source));
            return Optional.empty();
        }
    }
}
