package org.vfrt.core.drill;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.vfrt.core.checkpoint.CheckpointStore;
import org.vfrt.core.checkpoint.FindCheckpoint;
import org.vfrt.core.checkpoint.Manifest;
import org.vfrt.core.checkpoint.Progress;
import org.vfrt.core.checkpoint.RestoreCheckpoint;
import org.vfrt.core.checkpoint.RestoreForm;
import org.vfrt.core.checkpoint.Unfinished;
import org.vfrt.core.disk.DiskSnapshots;
import org.vfrt.core.failure.Damaged;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.NotFound;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.failure.Temporary;
import org.vfrt.core.journal.GuestLock;
import org.vfrt.core.journal.GuestLocks;
import org.vfrt.core.journal.Journal;
import org.vfrt.core.journal.JournalEntry;
import org.vfrt.core.pool.Definition;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.GuestState;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.pool.Pool;
import org.vfrt.core.sign.Sign;

/**
 * Tries a checkpoint: restores it as a second copy that meets nobody, waits for a sign of life, and takes the copy away again whatever came of it. The guest
 * itself is never touched, wherever it runs; not even its lock is taken. When it returns or throws, nothing of the copy is left, or the result says what.
 */
public final class DrillCheckpoint {

    /** The name of the operation in locks and in the journal. */
    public static final String OPERATION = "checkpoint drill";

    /** Refusals of a restore that are findings: what the checkpoint needs is not there any more. */
    private static final Set<String> FINDINGS = Set.of("snapshot-missing", "snapshot-changed");

    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(500);

    private final Pool pool;
    private final RestoreCheckpoint restore;
    private final DiskSnapshots snapshots;
    private final DrillGround ground;
    private final DrillRecords records;
    private final CheckpointStore store;
    private final GuestLocks locks;
    private final Journal journal;
    private final Clock clock;
    private final Sleeper sleeper;

    public DrillCheckpoint(
            Pool pool,
            RestoreCheckpoint restore,
            DiskSnapshots snapshots,
            DrillGround ground,
            DrillRecords records,
            CheckpointStore store,
            GuestLocks locks,
            Journal journal,
            Clock clock,
            Sleeper sleeper) {
        this.pool = pool;
        this.restore = restore;
        this.snapshots = snapshots;
        this.ground = ground;
        this.records = records;
        this.store = store;
        this.locks = locks;
        this.journal = journal;
        this.clock = clock;
        this.sleeper = sleeper;
    }

    /**
     * Returns whether a guest is a copy that a drill has made, and no guest of anybody's.
     *
     * @param labels what its definition carries; asked for only when its name is like one
     */
    public static boolean isCopy(String guestName, Supplier<Map<String, String>> labels) {
        return guestName.startsWith(DrillCopy.PREFIX) && labels.get().containsKey(Definition.DRILL_LABEL);
    }

    /**
     * What is asked for.
     *
     * @param what a checkpoint's id or the beginning of it, or a guest, which means its newest checkpoint
     * @param guest one that somebody relies on: that it has no checkpoint is a drill that failed, and not a slip of the pen
     * @param host where; empty as with a restore
     * @param dryRun check, and change nothing
     * @param lockWait how long to wait for another drill of the guest
     */
    public record Request(
            String what,
            Optional<Guest> guest,
            Optional<String> host,
            DrillOrder order,
            boolean dryRun,
            Duration lockWait) {}

    /**
     * What came of it.
     *
     * @param record what is kept of it; on a dry run what would be tried where, as {@code NOT_RUN} if it cannot be
     * @param hostReason why that host; empty when it did not come to that
     * @param failure why it did not pass
     */
    public record Outcome(DrillRecord record, String hostReason, Optional<Failure> failure, List<String> notes) {

        public Outcome {
            notes = List.copyOf(notes);
        }
    }

    /** How far a drill is: what a failure means depends on it. */
    private enum Stage {
        /** Nothing is touched. */
        CHECK,
        /** The surroundings of the copy are made. */
        PREPARATION,
        RESTORE,
        /** The copy runs. */
        SIGN
    }

    /** What is known of a drill while it goes on. */
    private static final class Course {
        final Instant begun;
        Stage stage = Stage.CHECK;
        Optional<String> host = Optional.empty();
        String hostReason = "";
        Optional<Duration> disks = Optional.empty();
        Optional<Duration> memory = Optional.empty();
        Optional<Duration> sign = Optional.empty();
        Optional<Failure> failure = Optional.empty();
        List<Reason> left = List.of();
        final List<String> notes = new ArrayList<>();

        Course(Instant begun) {
            this.begun = begun;
        }
    }

    /**
     * Holds the drill, and records what came of it.
     *
     * @param interrupted whether it is to end soon
     * @throws NotFound when there is no such checkpoint
     * @throws org.vfrt.core.failure.Busy when another drill of the guest goes on
     * @throws Failed when it could not be recorded
     */
    public Outcome run(Request request, BooleanSupplier interrupted, Progress progress) {
        Manifest manifest;
        try {
            manifest = new FindCheckpoint(store).usable(request.what(), clock.instant());
        } catch (NotFound e) {
            return withoutCheckpoint(request, e);
        }
        try (GuestLock lock = locks.take(
                DrillCopy.lockOf(manifest.guestUuid()), manifest.guestName(), OPERATION, request.lockWait())) {
            Course course = new Course(clock.instant());
            course.notes.addAll(new FindCheckpoint(store).leftOut(manifest, request.what(), course.begun));
            UUID copy = UUID.randomUUID();
            // Held all the time, so that nobody takes a checkpoint of the copy, or moves it.
            try (GuestLock ofCopy = locks.take(copy, "copy of " + manifest.guestName(), OPERATION, Duration.ZERO)) {
                hold(request, manifest, lock, ofCopy, course, interrupted, progress);
            } catch (Failure e) {
                course.failure = Optional.of(e);
            }
            return ended(request, manifest, course);
        }
    }

    @SuppressWarnings("try") // the lock is held, and nothing else is done with it
    private Outcome withoutCheckpoint(Request request, NotFound cause) {
        Guest guest = request.guest().orElseThrow(() -> cause);
        Damaged failure = new Damaged(
                "no-checkpoint",
                "guest '" + guest.name() + "' has no checkpoint that could be tried",
                "Take one with 'vfrt checkpoint create " + guest.name() + "'.",
                cause);
        DrillRecord record = new DrillRecord(
                guest.uuid(),
                guest.name(),
                Optional.empty(),
                Optional.empty(),
                clock.instant(),
                DrillRecord.Result.FAILED,
                failure.code(),
                failure.getMessage(),
                request.order().sign().text(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
        if (!request.dryRun()) {
            try (GuestLock lock =
                    locks.take(DrillCopy.lockOf(guest.uuid()), guest.name(), OPERATION, request.lockWait())) {
                records.add(record);
            }
        }
        return new Outcome(record, "", Optional.of(failure), List.of());
    }

    private void hold(
            Request request,
            Manifest manifest,
            GuestLock lock,
            GuestLock ofCopy,
            Course course,
            BooleanSupplier interrupted,
            Progress progress) {
        refuseLeftovers(manifest, lock);
        Definition original = Definition.parse(store.definition(manifest.id()));
        String name = DrillCopy.nameOf(manifest.guestName(), manifest.guestUuid());
        RestoreCheckpoint.Outcome plan = planned(manifest, name, request.host(), ofCopy);
        course.host = Optional.of(plan.hostName());
        course.hostReason = plan.hostReason();
        course.notes.addAll(plan.notes());
        DrillCopy copy = new DrillCopy(
                name,
                ofCopy.guest(),
                snapshots.plannedCopies(manifest.disks(), name),
                network(request.order(), original, ofCopy.guest()));
        try (Hypervisor host = pool.connect(plan.hostName())) {
            List<Reason> reasons = new ArrayList<>(ground.obstacles(host, request.order()));
            if (reasons.isEmpty()) {
                reasons.addAll(taken(host, copy));
            }
            if (!reasons.isEmpty()) {
                throw new Refused("checkpoint '" + manifest.id() + "' is not tried", reasons);
            }
            if (!request.dryRun()) {
                act(request, manifest, lock, ofCopy, copy, host, course, interrupted, progress);
            }
        }
    }

    /** What has a name that the copy would give is somebody's, and must not be taken for the copy's afterwards. */
    private List<Reason> taken(Hypervisor host, DrillCopy copy) {
        return ground.left(host, copy.diskPaths(), copy.network()).stream()
                .map(what -> new Reason(
                        DiskSnapshots.COPY_EXISTS,
                        "host '" + host.host().name() + "' already has " + what,
                        "Remove it if nobody needs it."))
                .toList();
    }

    /** Where the copy would be. Without its networks: the scorer would look for hosts that have them. */
    private RestoreCheckpoint.Outcome planned(Manifest manifest, String name, Optional<String> host, GuestLock ofCopy) {
        try {
            return restore.run(
                    restoring(manifest, name, host, true),
                    new RestoreCheckpoint.ThrowAway(ofCopy, copy -> copy.forDrill(manifest.guestName(), List.of())),
                    Progress.NONE);
        } catch (Refused refused) {
            throw refused.reasons().isEmpty()
                    ? refused
                    : new Refused(
                            refused.getMessage(),
                            refused.reasons().stream()
                                    .map(DrillCheckpoint::hinted)
                                    .toList());
        }
    }

    /** Whoever holds a drill does not choose the name. */
    private static Reason hinted(Reason reason) {
        return reason.code().equals("name-taken")
                ? new Reason(
                        reason.code(),
                        reason.text(),
                        "Another drill of a guest of that name may go on; else look whether anybody needs it.")
                : reason;
    }

    private void refuseLeftovers(Manifest manifest, GuestLock lock) {
        List<JournalEntry> entries = journal.about(lock.guest());
        if (!entries.isEmpty()) {
            throw new Refused(
                    "unsettled",
                    "an earlier drill of guest '" + manifest.guestName() + "' is still unfinished since "
                            + entries.get(0).fact(JournalEntry.BEGUN).orElse("an unknown time"),
                    "'vfrt host check' says what is in the way of settling it.");
        }
    }

    private static Optional<PrivateNetwork> network(DrillOrder order, Definition original, UUID copy) {
        int interfaces = original.interfaces();
        if (order.network() == DrillNetwork.NONE || (interfaces == 0 && !(order.sign() instanceof Sign.Tcp))) {
            return Optional.empty();
        }
        if (interfaces == 0 || interfaces > PrivateNetwork.INTERFACES_MAX) {
            throw new Refused(
                    "drill-interfaces",
                    "guest '" + original.name() + "' has " + interfaces
                            + " network interfaces, and a private network takes 1 to " + PrivateNetwork.INTERFACES_MAX,
                    "Try it without a network.");
        }
        return Optional.of(PrivateNetwork.of(copy, interfaces));
    }

    /** From here on something is made, and taken away again. */
    private void act(
            Request request,
            Manifest manifest,
            GuestLock lock,
            GuestLock ofCopy,
            DrillCopy copy,
            Hypervisor host,
            Course course,
            BooleanSupplier interrupted,
            Progress progress) {
        JournalEntry entry = Unfinished.begin(journal, OPERATION, lock, manifest.guestName(), host);
        boolean settled = false;
        try {
            entry.note(SettleDrill.DRILLED, manifest.guestUuid().toString());
            entry.note(SettleDrill.CHECKPOINT, manifest.id().text());
            entry.note(SettleDrill.SIGN, request.order().sign().text());
            entry.note(SettleDrill.MACHINE, host.facts().hostName());
            copy.noteIn(entry);
            course.stage = Stage.PREPARATION;
            copy.network().ifPresent(network -> ground.makeNetwork(host, network, address(request.order())));
            leaveIf(interrupted);
            course.stage = Stage.RESTORE;
            List<String> bridges = copy.network().map(PrivateNetwork::bridges).orElse(List.of());
            RestoreCheckpoint.Outcome restored = restore.run(
                    restoring(manifest, copy.name(), course.host, false),
                    new RestoreCheckpoint.ThrowAway(ofCopy, one -> one.forDrill(manifest.guestName(), bridges)),
                    progress);
            course.disks = Optional.of(restored.disksTook());
            course.memory = Optional.of(restored.took().minus(restored.disksTook()));
            course.stage = Stage.SIGN;
            course.sign = Optional.of(awaitSign(
                    request.order(), manifest, copy, host, restored.guest().orElseThrow(), interrupted));
        } catch (Failure e) {
            course.failure = Optional.of(e);
        } finally {
            course.left = takenAway(host, copy);
            settled = course.left.isEmpty();
            if (settled) {
                journal.end(entry);
            } else {
                entry.note(JournalEntry.UNSETTLED, JournalEntry.YES);
                entry.note(SettleDrill.RECORDED, JournalEntry.YES);
            }
        }
    }

    private static Optional<String> address(DrillOrder order) {
        return order.sign() instanceof Sign.Tcp tcp ? Optional.of(tcp.address()) : Optional.empty();
    }

    private static RestoreCheckpoint.Request restoring(
            Manifest manifest, String name, Optional<String> host, boolean dryRun) {
        return new RestoreCheckpoint.Request(
                manifest.id().text(),
                host,
                RestoreForm.MEMORY,
                false,
                Optional.of(name),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                dryRun,
                Duration.ZERO);
    }

    private static void leaveIf(BooleanSupplier interrupted) {
        if (interrupted.getAsBoolean()) {
            throw new Temporary("interrupted", "the drill was interrupted", "");
        }
    }

    private Duration awaitSign(
            DrillOrder order,
            Manifest manifest,
            DrillCopy copy,
            Hypervisor host,
            Guest restored,
            BooleanSupplier interrupted) {
        Instant begun = clock.instant();
        try (DrillGround.Watch watch = order.sign() instanceof Sign.Runs
                ? new RunsWatch(host, restored, order.within(), clock)
                : ground.watch(
                        host,
                        restored,
                        order.sign(),
                        new DrillGround.Trial(
                                manifest.guestName(), manifest.id().text(), order.within(), copy.network()))) {
            while (true) {
                Instant now = clock.instant();
                Optional<String> seen = watch.seen();
                demandAlive(host, copy, watch);
                if (seen.isPresent()) {
                    return Duration.between(begun, now);
                }
                if (!now.isBefore(begun.plus(order.within()))) {
                    throw new Failed(
                            "sign-not-seen",
                            "the copy '" + copy.name() + "' shows no sign of life: '"
                                    + order.sign().text()
                                    + "' was not seen within " + order.within().toSeconds() + " s"
                                    + instead(watch),
                            "Restore it by hand with '--as NAME --paused' and look; or give it more time with '--within'.");
                }
                leaveIf(interrupted);
                sleep();
            }
        }
    }

    private static void demandAlive(Hypervisor host, DrillCopy copy, DrillGround.Watch watch) {
        Optional<GuestState> state = host.guest(copy.uuid()).map(Guest::state);
        if (state.filter(GuestState.CRASHED::equals).isPresent()) {
            throw new Failed(
                    "guest-crashed",
                    "the copy '" + copy.name() + "' crashed after it was restored" + instead(watch),
                    "See what it last wrote to its console with the sign 'console'.");
        }
        if (state.filter(GuestState::active).isEmpty()) {
            throw new Failed(
                    "guest-ended",
                    "the copy '" + copy.name() + "' ended by itself after it was restored" + instead(watch),
                    "See what it last wrote to its console with the sign 'console'.");
        }
    }

    private static String instead(DrillGround.Watch watch) {
        return watch.instead().isEmpty() ? "" : "; instead: " + watch.instead();
    }

    private void sleep() {
        try {
            sleeper.sleep(BETWEEN_LOOKS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Temporary("interrupted", "the drill was interrupted", "", e);
        }
    }

    /** If the connection is what is broken, another may not be. */
    private List<Reason> takenAway(Hypervisor host, DrillCopy copy) {
        TakeAway takeAway = new TakeAway(snapshots, ground, journal, sleeper);
        List<Reason> left = takeAway.run(host, copy);
        if (left.isEmpty()) {
            return left;
        }
        try (Hypervisor again = pool.connect(host.host().name())) {
            return takeAway.run(again, copy);
        } catch (Failure e) {
            return List.of(new Reason(e.code(), e.getMessage(), e.hint()));
        }
    }

    private Outcome ended(Request request, Manifest manifest, Course course) {
        Optional<Failure> failure = course.left.isEmpty()
                ? course.failure.map(cause -> judged(manifest, course, cause))
                : Optional.of(notTakenAway(manifest, course));
        DrillRecord.Result result = failure.isEmpty()
                ? request.dryRun() ? DrillRecord.Result.NOT_RUN : DrillRecord.Result.PASSED
                : failure.get() instanceof Damaged || !course.left.isEmpty()
                        ? DrillRecord.Result.FAILED
                        : DrillRecord.Result.NOT_RUN;
        DrillRecord record = new DrillRecord(
                manifest.guestUuid(),
                manifest.guestName(),
                Optional.of(manifest.id().text()),
                course.host,
                course.begun,
                result,
                failure.map(DrillCheckpoint::code).orElse(""),
                failure.map(DrillCheckpoint::text).orElse(""),
                request.order().sign().text(),
                course.disks,
                course.memory,
                course.sign);
        if (!request.dryRun()) {
            records.add(record);
        }
        return new Outcome(record, course.hostReason, failure, course.notes);
    }

    private static String code(Failure failure) {
        return failure.reasons().isEmpty()
                ? failure.code()
                : failure.reasons().get(0).code();
    }

    private static String text(Failure failure) {
        return failure.reasons().isEmpty()
                ? failure.getMessage()
                : failure.reasons().stream().map(Reason::text).collect(Collectors.joining("; "));
    }

    /** A drill failed if what went wrong says something about the checkpoint, and else it was not run. */
    private static Failure judged(Manifest manifest, Course course, Failure cause) {
        String what = "the drill of checkpoint '" + manifest.id() + "' of guest '" + manifest.guestName() + "'"
                + course.host.map(host -> " on host '" + host + "'").orElse("");
        Optional<Reason> finding = cause.reasons().stream()
                .filter(reason -> FINDINGS.contains(reason.code()))
                .findFirst();
        if (finding.isPresent()) {
            return failed(
                    what,
                    finding.get().code(),
                    finding.get().text(),
                    finding.get().hint(),
                    cause);
        }
        boolean tried = course.stage == Stage.RESTORE || course.stage == Stage.SIGN;
        boolean says = cause instanceof Damaged
                || (tried && cause instanceof Failed && !cause.code().equals(DiskSnapshots.COPY_EXISTS));
        return says ? failed(what, cause.code(), cause.getMessage(), cause.hint(), cause) : cause;
    }

    private static Damaged failed(String what, String code, String text, String hint, @Nullable Failure cause) {
        return new Damaged(code, what + " failed: " + text, hint, cause);
    }

    private static Failed notTakenAway(Manifest manifest, Course course) {
        return new Failed(
                "drill-left",
                "after the drill of checkpoint '" + manifest.id() + "' of guest '" + manifest.guestName()
                        + "' something is left: "
                        + course.left.stream().map(Reason::text).collect(Collectors.joining("; "))
                        + course.failure
                                .map(cause -> "; and the drill did not pass: " + cause.getMessage())
                                .orElse("; the sign of life was seen"),
                "'vfrt host check' tries to remove it again.",
                course.failure.orElse(null));
    }
}
