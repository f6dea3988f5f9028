package org.vfrt.core.checkpoint;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.vfrt.core.disk.DiskSnapshots;
import org.vfrt.core.disk.SnapshotMark;
import org.vfrt.core.disk.SurveyedDisk;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.journal.GuestLock;
import org.vfrt.core.journal.GuestLocks;
import org.vfrt.core.journal.Journal;
import org.vfrt.core.journal.JournalEntry;
import org.vfrt.core.pool.Definition;
import org.vfrt.core.pool.Disk;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.pool.OpenPool;
import org.vfrt.core.pool.Pool;

/** Takes one checkpoint of one guest. When it returns or throws, the guest runs, or the failure says that it does not. */
public final class CreateCheckpoint {

    /** The name of the operation in locks and in the journal. */
    public static final String OPERATION = "checkpoint create";

    /** The code of a refusal because there is a checkpoint that is fresh enough. */
    public static final String FRESH = "fresh-checkpoint";

    private final Pool pool;
    private final Map<Method, Capture> captures;
    private final DiskSnapshots snapshots;
    private final CheckpointStore store;
    private final GuestLocks locks;
    private final Journal journal;
    private final Clock clock;

    public CreateCheckpoint(
            Pool pool,
            List<Capture> captures,
            DiskSnapshots snapshots,
            CheckpointStore store,
            GuestLocks locks,
            Journal journal,
            Clock clock) {
        this.pool = pool;
        this.snapshots = snapshots;
        this.captures = new LinkedHashMap<>();
        captures.forEach(capture -> this.captures.put(capture.method(), capture));
        this.store = store;
        this.locks = locks;
        this.journal = journal;
        this.clock = clock;
    }

    /**
     * What is asked for.
     *
     * @param guest name or UUID
     * @param host look for the guest on this host only
     * @param method empty for the best one that is open
     * @param maxPause refuse when the predicted pause is longer
     * @param tags what to mark the checkpoint with
     * @param unlessSince take none when the guest has one that was begun after this moment
     * @param disks what of its writable disks becomes part of the checkpoint (rule 3)
     * @param dryRun check and predict, and change nothing
     * @param lockWait how long to wait for another operation on the guest
     */
    public record Request(
            String guest,
            Optional<String> host,
            Optional<Method> method,
            Optional<Duration> maxPause,
            List<Tag> tags,
            Optional<Instant> unlessSince,
            DiskWish disks,
            boolean dryRun,
            Duration lockWait) {}

    /**
     * What was done, or on a dry run would be done.
     *
     * @param manifest the checkpoint; empty on a dry run
     * @param methodReason why this method
     * @param predictedPause what was expected before
     * @param predictionBasis where that number came from
     * @param notes what an operator should know
     */
    public record Outcome(
            String guestName,
            String hostName,
            Optional<Manifest> manifest,
            Method method,
            String methodReason,
            Duration predictedPause,
            String predictionBasis,
            List<String> notes) {}

    /**
     * Takes the checkpoint.
     *
     * @param announcement hears the plan before the guest is touched (rule 4)
     * @throws Refused when it must not be taken; nothing was touched
     * @throws org.vfrt.core.failure.Busy when another operation holds the guest
     * @throws Failure when it was tried and did not work; no checkpoint appears
     */
    public Outcome run(Request request, Consumer<Outcome> announcement, Progress progress) {
        try (OpenPool hosts = pool.open()) {
            OpenPool.Located found = hosts.locate(request.guest(), request.host());
            try (GuestLock lock =
                    locks.take(found.guest().uuid(), found.guest().name(), OPERATION, request.lockWait())) {
                refuseWhenFresh(request, lock.guest());
                Plan plan = check(request, found);
                if (request.dryRun()) {
                    return outcome(plan, Optional.empty(), List.of());
                }
                announcement.accept(outcome(plan, Optional.empty(), List.of()));
                return capture(plan, lock, progress);
            }
        }
    }

    /**
     * Returns the newest checkpoint of a guest that was begun after a moment. What is said to be begun later than now was begun under
     * a clock that was wrong: if it counted, the guest would get no checkpoint until that day.
     *
     * <p>Begun, and not the moment it shows, which for a big guest lies minutes later: with that, each checkpoint would put off the
     * next.
     */
    public static Optional<Manifest> fresh(List<Manifest> checkpoints, UUID guest, Instant since, Instant now) {
        return checkpoints.stream()
                .filter(manifest -> manifest.guestUuid().equals(guest))
                .filter(manifest -> {
                    Instant begun = manifest.id().begun().orElse(manifest.instant());
                    return begun.isAfter(since) && !begun.isAfter(now);
                })
                .max(FindCheckpoint.OLDEST_FIRST);
    }

    /** Returns the checkpoints that one may do without another for: those that were not found damaged. */
    public static List<Manifest> counting(CheckpointStore store) {
        Set<CheckpointId> damaged = store.damaged().keySet();
        return store.list().stream()
                .filter(manifest -> !damaged.contains(manifest.id()))
                .toList();
    }

    private void refuseWhenFresh(Request request, UUID guest) {
        request.unlessSince()
                .flatMap(since -> fresh(counting(store), guest, since, clock.instant()))
                .ifPresent(fresh -> {
                    throw new Refused(
                            FRESH,
                            "guest '" + fresh.guestName() + "' has checkpoint '" + fresh.id()
                                    + "', which is fresh enough",
                            "Take one all the same with 'vfrt checkpoint create " + fresh.guestName() + "'.");
                });
    }

    private record Plan(
            Hypervisor host,
            Guest guest,
            Definition definition,
            Capture capture,
            String reason,
            PausePrediction prediction,
            List<SurveyedDisk> disks,
            Optional<Contents> contents,
            Map<String, String> diskIdentities,
            List<Tag> tags) {}

    /**
     * That the contents of the disks go into the store.
     *
     * @param base the checkpoint that this one is to be a difference to
     */
    private record Contents(Optional<Manifest> base) {}

    /** Asks only. Refuses with every reason at once. */
    private Plan check(Request request, OpenPool.Located found) {
        Hypervisor host = found.host();
        Guest guest = host.guest(found.guest().uuid()).orElse(found.guest());
        Definition definition = Definition.parse(host.definition(guest.uuid()));
        List<Reason> reasons = new ArrayList<>(Unfinished.about(journal, guest.uuid()));
        reasons.addAll(CaptureRules.cannotBeSaved(host, guest, definition));
        List<SurveyedDisk> disks = survey(request, host, definition);
        reasons.addAll(CaptureRules.disks(disks));
        boolean content = request.disks() == DiskWish.CONTENT && !disks.isEmpty();
        if (content && reasons.isEmpty()) {
            reasons.addAll(snapshots.contents().unreadable(host, disks));
        }
        Choice choice = reasons.isEmpty() ? choose(request, host, guest, definition) : Choice.none();
        reasons.addAll(choice.obstacles());
        List<Manifest> before = store.list();
        // Of what takes nothing at all it does not matter how much.
        store.notWritable()
                .or(() -> CaptureRules.space(store, before, guest.uuid(), definition))
                .ifPresent(reasons::add);
        Optional<PausePrediction> prediction = choice.capture()
                .map(capture -> PausePrediction.of(
                        before, guest.uuid(), host.host().name(), capture.method(), definition.memoryBytes(), disks));
        prediction
                .flatMap(predicted -> CaptureRules.pauseWithin(
                        request.maxPause(), predicted.pause(), predicted.basis(), guest.name()))
                .ifPresent(reasons::add);
        if (!reasons.isEmpty() || prediction.isEmpty()) {
            throw new Refused(
                    "guest '" + guest.name() + "' on host '" + host.host().name() + "' gets no checkpoint", reasons);
        }
        Capture capture = choice.capture().orElseThrow();
        Optional<Contents> contents =
                content ? Optional.of(new Contents(StoreContents.base(of(before, guest.uuid())))) : Optional.empty();
        return new Plan(
                host,
                guest,
                definition,
                capture,
                choice.reason(),
                prediction.get(),
                disks,
                contents,
                identities(host, definition),
                request.tags());
    }

    private static List<Manifest> of(List<Manifest> all, UUID guest) {
        return all.stream()
                .filter(manifest -> manifest.guestUuid().equals(guest))
                .toList();
    }

    private List<SurveyedDisk> survey(Request request, Hypervisor host, Definition definition) {
        List<Disk> writable = definition.disks().stream().filter(Disk::writable).toList();
        return writable.isEmpty() || request.disks() == DiskWish.NONE ? List.of() : snapshots.survey(host, writable);
    }

    /** By target, of what has one: a restore elsewhere asks for it. */
    private Map<String, String> identities(Hypervisor host, Definition definition) {
        List<Disk> writable = definition.disks().stream()
                .filter(disk -> disk.writable() && !disk.path().isEmpty())
                .toList();
        List<Optional<String>> found =
                snapshots.identities(host, writable.stream().map(Disk::path).toList());
        Map<String, String> identities = new HashMap<>();
        for (int i = 0; i < writable.size(); i++) {
            String target = writable.get(i).target();
            found.get(i).ifPresent(identity -> identities.put(target, identity));
        }
        return identities;
    }

    private record Choice(Optional<Capture> capture, String reason, List<Reason> obstacles) {
        static Choice none() {
            return new Choice(Optional.empty(), "", List.of());
        }
    }

    private Choice choose(Request request, Hypervisor host, Guest guest, Definition definition) {
        List<Reason> obstacles = new ArrayList<>();
        for (Capture capture : captures.values()) {
            if (request.method().isPresent() && request.method().get() != capture.method()) {
                continue;
            }
            List<Reason> here = capture.obstacles(host, guest, definition);
            if (here.isEmpty()) {
                return new Choice(Optional.of(capture), why(request, obstacles), List.of());
            }
            here.stream().filter(reason -> !obstacles.contains(reason)).forEach(obstacles::add);
        }
        return new Choice(Optional.empty(), "", obstacles);
    }

    private static String why(Request request, List<Reason> obstacles) {
        if (request.method().isPresent()) {
            return "asked for";
        }
        return obstacles.isEmpty()
                ? "the host can do it live"
                : "not live: " + obstacles.get(0).text();
    }

    private Outcome capture(Plan plan, GuestLock lock, Progress progress) {
        Instant begun = clock.instant();
        CheckpointId id = CheckpointId.at(begun);
        JournalEntry entry =
                Unfinished.begin(journal, OPERATION, lock, plan.guest().name(), plan.host());
        entry.note(Unfinished.STORE, store.location());
        entry.note(
                Unfinished.POOL,
                pool.hosts().stream().map(host -> host.uri().text()).collect(Collectors.joining(" ")));
        entry.note(Unfinished.CHECKPOINT, id.text());
        entry.note(Unfinished.METHOD, plan.capture().method().name());
        Optional<Manifest> base = plan.contents().flatMap(Contents::base);
        try (Incoming incoming = store.begin(id, plan.guest().uuid(), base.map(Manifest::id));
                PairedDisks disks = armed(plan, id, entry)) {
            ImageReception reception = new ImageReception(incoming, plan.definition());
            Captured captured = plan.capture()
                    .capture(new CaptureJob(
                            plan.host(), plan.guest(), plan.definition(), reception, entry, progress, disks));
            disks.keep();
            Seal seal = new Seal(
                    id,
                    begun,
                    plan.host(),
                    plan.guest(),
                    plan.definition(),
                    plan.capture().method(),
                    Optional.of(plan.prediction().pause()),
                    disks,
                    plan.tags(),
                    plan.diskIdentities());
            return committed(incoming, captured, seal, reception, plan, progress);
        } finally {
            if (!entry.unsettled()) {
                journal.end(entry);
            }
        }
    }

    private PairedDisks armed(Plan plan, CheckpointId id, JournalEntry entry) {
        if (plan.disks().isEmpty()) {
            return PairedDisks.none();
        }
        entry.note(Unfinished.DISKS, JournalEntry.YES);
        SnapshotMark mark =
                new SnapshotMark(store.identity(), id.text(), plan.guest().uuid());
        return PairedDisks.of(snapshots, plan.host(), mark, plan.disks());
    }

    /** Snapshots of a checkpoint that does not come to be are nobody's. */
    private Outcome committed(
            Incoming incoming, Captured captured, Seal seal, ImageReception reception, Plan plan, Progress progress) {
        try {
            List<String> notes = new ArrayList<>(captured.notes());
            plan.contents()
                    .ifPresent(contents ->
                            notes.addAll(new StoreContents(snapshots.contents(), plan.host(), incoming, progress)
                                    .run(seal.disks().kept(), contents.base())));
            Manifest manifest = incoming.commit(
                    captured.definition(),
                    (bytes, image, definition, disks) -> seal.manifest(
                            captured, reception.format(), bytes, image, definition, disks, clock.instant()));
            if (plan.contents().isPresent()) {
                new SweepSnapshots(snapshots, store)
                        .trySuperseded(plan.host(), plan.guest().uuid());
            }
            return outcome(plan, Optional.of(manifest), notes);
        } catch (Failure failure) {
            new SweepSnapshots(snapshots, store).tryCheckpoint(plan.host(), incoming.id());
            throw failure;
        }
    }

    private static Outcome outcome(Plan plan, Optional<Manifest> manifest, List<String> notes) {
        return new Outcome(
                plan.guest().name(),
                plan.host().host().name(),
                manifest,
                plan.capture().method(),
                plan.reason(),
                plan.prediction().pause(),
                plan.prediction().basis(),
                notes);
    }
}
