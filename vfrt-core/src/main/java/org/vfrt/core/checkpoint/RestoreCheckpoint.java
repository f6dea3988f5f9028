package org.vfrt.core.checkpoint;

import java.io.InputStream;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.vfrt.core.disk.DiskSnapshots;
import org.vfrt.core.disk.PairedDisk;
import org.vfrt.core.disk.SnapshotMark;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Damaged;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.journal.GuestLock;
import org.vfrt.core.journal.GuestLocks;
import org.vfrt.core.journal.Journal;
import org.vfrt.core.journal.JournalEntry;
import org.vfrt.core.placement.ObservePool;
import org.vfrt.core.pool.Definition;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.pool.OpenPool;
import org.vfrt.core.pool.Pool;

/**
 * Brings a guest back from a checkpoint, on the host it came from or another one. Never while another copy of it may be running
 * (rule 1), and never over disks that may have moved on unless the caller says so (rule 3).
 */
public final class RestoreCheckpoint {

    /** The name of the operation in locks and in the journal. */
    public static final String OPERATION = "checkpoint restore";

    private final Pool pool;
    private final ObservePool observation;
    private final List<Restorer> restorers;
    private final DiskSnapshots snapshots;
    private final CheckpointStore store;
    private final GuestLocks locks;
    private final Journal journal;
    private final Clock clock;
    private final boolean claimed;

    public RestoreCheckpoint(
            Pool pool,
            ObservePool observation,
            List<Restorer> restorers,
            DiskSnapshots snapshots,
            CheckpointStore store,
            GuestLocks locks,
            Journal journal,
            Clock clock) {
        this(pool, observation, restorers, snapshots, store, locks, journal, clock, false);
    }

    private RestoreCheckpoint(
            Pool pool,
            ObservePool observation,
            List<Restorer> restorers,
            DiskSnapshots snapshots,
            CheckpointStore store,
            GuestLocks locks,
            Journal journal,
            Clock clock,
            boolean claimed) {
        this.pool = pool;
        this.observation = observation;
        this.restorers = List.copyOf(restorers);
        this.snapshots = snapshots;
        this.store = store;
        this.locks = locks;
        this.journal = journal;
        this.clock = clock;
        this.claimed = claimed;
    }

    /** Returns the same for guests that a claim lets run within this pool and nowhere else: what is unfinished about any other host is over. */
    public RestoreCheckpoint whereClaimed() {
        return new RestoreCheckpoint(pool, observation, restorers, snapshots, store, locks, journal, clock, true);
    }

    /**
     * What is asked for.
     *
     * @param what a checkpoint's id or the beginning of it, or a guest, which means its newest checkpoint
     * @param host where to; empty for the host it came from, or, if that does not take it, the one that the scorer ranks first
     * @param form as what it comes back
     * @param paused leave the guest paused
     * @param copyName restore a second copy under this name, with a new UUID and new MAC addresses
     * @param acceptedDrift the guest's name, typed out by someone who accepts that its disks may have moved on: they are left as they are
     * @param sharedDisks the guest's name, typed out by someone who knows that its disks on the host are those of the checkpoint, where that cannot be told
     * @param goneHost the host the checkpoint was taken on, typed out by someone who knows that the guest cannot be running there
     *     although it is not part of the pool
     * @param dryRun check, and change nothing
     * @param lockWait how long to wait for another operation on the guest
     */
    public record Request(
            String what,
            Optional<String> host,
            RestoreForm form,
            boolean paused,
            Optional<String> copyName,
            Optional<String> acceptedDrift,
            Optional<String> sharedDisks,
            Optional<String> goneHost,
            boolean dryRun,
            Duration lockWait) {

        private Request in(RestoreForm another) {
            return new Request(
                    what, host, another, paused, copyName, acceptedDrift, sharedDisks, goneHost, dryRun, lockWait);
        }
    }

    /** What stands in the way of a form; nothing when it is open. */
    public record Looked(RestoreForm form, List<Reason> obstacles) {

        public Looked {
            obstacles = List.copyOf(obstacles);
        }
    }

    /**
     * What was done, or on a dry run would be done.
     *
     * @param guest the guest as its host reported it afterwards; empty on a dry run
     * @param hostReason why that host
     * @param took from the first byte sent to the guest being seen at work
     * @param disksTook the part of it in which its disks were put in place
     */
    public record Outcome(
            Manifest manifest,
            String guestName,
            String hostName,
            String hostReason,
            Optional<Guest> guest,
            Duration took,
            Duration disksTook,
            List<String> notes) {

        private Outcome and(List<String> more) {
            return new Outcome(
                    manifest,
                    guestName,
                    hostName,
                    hostReason,
                    guest,
                    took,
                    disksTook,
                    Stream.concat(notes.stream(), more.stream()).toList());
        }
    }

    /**
     * What is special about a second copy that whoever asks for it takes away again: no host keeps a definition of it.
     *
     * @param lock of the copy's UUID, which its holder gives back
     * @param change what else is different about its definition, once it has its name
     */
    public record ThrowAway(GuestLock lock, UnaryOperator<Definition> change) {}

    /**
     * Restores the guest. That the checkpoint turned out to be damaged is noted, so that whoever asks for the guest again gets another.
     *
     * @throws Refused when it must not be restored; nothing was touched
     * @throws org.vfrt.core.failure.Failure when it was tried and did not work
     */
    public Outcome run(Request request, Progress progress) {
        return run(request, Optional.empty(), progress);
    }

    /** The same for a copy that is taken away again; the request has a name for it. */
    public Outcome run(Request request, ThrowAway copy, Progress progress) {
        return run(request, Optional.of(copy), progress);
    }

    private Outcome run(Request request, Optional<ThrowAway> throwAway, Progress progress) {
        return run(request, throwAway, (manifest, check) -> new Chosen(request, check.apply(request)), progress);
    }

    /**
     * The same in the first of several forms that is open. The hosts are connected to once for all.
     *
     * @param forms in the order of preference, each once; that of the request does not count
     * @param announcement hears what stands in the way of each, before anything is touched
     * @throws Refused with the reasons of every form, when none is open
     */
    Outcome run(Request request, List<RestoreForm> forms, Consumer<List<Looked>> announcement, Progress progress) {
        return run(
                request,
                Optional.empty(),
                (manifest, check) -> {
                    List<Looked> looked = new ArrayList<>();
                    List<Chosen> open = new ArrayList<>();
                    for (RestoreForm form : forms) {
                        Request asked = request.in(form);
                        try {
                            open.add(new Chosen(asked, check.apply(asked)));
                            looked.add(new Looked(form, List.of()));
                        } catch (Refused refused) {
                            looked.add(new Looked(form, reasons(refused)));
                        }
                    }
                    announcement.accept(looked);
                    return open.stream().findFirst().orElseThrow(() -> noneOpen(manifest, looked));
                },
                progress);
    }

    private static List<Reason> reasons(Refused refused) {
        return refused.reasons().isEmpty()
                ? List.of(new Reason(refused.code(), String.valueOf(refused.getMessage()), refused.hint()))
                : refused.reasons();
    }

    /** What is in the way of all forms is said once. */
    private static Refused noneOpen(Manifest manifest, List<Looked> looked) {
        return new Refused(
                "guest '" + manifest.guestName() + "' is not recovered",
                looked.stream()
                        .flatMap(one -> one.obstacles().stream())
                        .distinct()
                        .toList());
    }

    /** A request that can be fulfilled, and how. */
    private record Chosen(Request request, Plan plan) {}

    /** Chooses among requests about one guest, given what makes a plan of one or refuses it. */
    @FunctionalInterface
    private interface Choosing {
        Chosen among(Manifest manifest, Function<Request, Plan> check);
    }

    private Outcome run(Request request, Optional<ThrowAway> throwAway, Choosing choosing, Progress progress) {
        Manifest manifest = new FindCheckpoint(store).usable(request.what(), clock.instant());
        try {
            return run(manifest, request, throwAway, choosing, progress);
        } catch (Damaged e) {
            if (!request.dryRun()) {
                new NoteDamage(store, clock).run(manifest.id(), e);
            }
            throw e;
        }
    }

    private Outcome run(
            Manifest manifest, Request request, Optional<ThrowAway> throwAway, Choosing choosing, Progress progress) {
        // A slip of the pen is told before any host is asked.
        request.host().ifPresent(pool::host);
        if (request.form().cold() && request.paused()) {
            throw new BadInput(
                    "cold-and-paused",
                    "a guest that starts anew is not left paused",
                    "Leave out '--paused' or '--cold'.");
        }
        Definition original = Definition.parse(store.definition(manifest.id()));
        Definition definition = request.copyName()
                .map(name -> original.as(
                        checkedName(name),
                        throwAway.map(copy -> copy.lock().guest()).orElseGet(UUID::randomUUID)))
                .map(copy -> throwAway.map(one -> one.change().apply(copy)).orElse(copy))
                .orElse(original);
        try (OpenPool hosts = pool.open();
                GuestLock lock = throwAway
                        .map(copy -> borrowed(copy.lock()))
                        .orElseGet(() ->
                                locks.take(definition.uuid(), definition.name(), OPERATION, request.lockWait()))) {
            Chosen chosen =
                    choosing.among(manifest, asked -> check(asked, manifest, definition, throwAway.isEmpty(), hosts));
            if (request.dryRun()) {
                return outcome(chosen.plan(), Optional.empty(), Duration.ZERO, Duration.ZERO);
            }
            return restore(chosen.plan(), chosen.request(), lock, progress);
        }
    }

    /** Whoever lends a lock gives it back himself. */
    private static GuestLock borrowed(GuestLock lock) {
        return new GuestLock() {
            @Override
            public UUID guest() {
                return lock.guest();
            }

            @Override
            public void close() {
                // See above.
            }
        };
    }

    private record Plan(
            Manifest manifest,
            Definition definition,
            Hypervisor target,
            String targetReason,
            Restorer restorer,
            boolean persistent,
            RestoredDisks disks,
            Predicate<String> gone,
            List<String> notes) {}

    private Plan check(Request request, Manifest manifest, Definition definition, boolean stays, OpenPool hosts) {
        List<Reason> reasons = new ArrayList<>(Unfinished.about(journal, definition.uuid(), gone(request, hosts)));
        reasons.addAll(RestoreRules.disks(request, manifest));
        List<OpenPool.Located> known =
                new ArrayList<>(hosts.everywhere(definition.uuid().toString()));
        known.addAll(RestoreRules.namesakes(hosts, definition));
        reasons.addAll(RestoreRules.neverTwo(request, manifest, definition, hosts, known));
        TargetChoice choice = TargetChoice.of(
                request.host(), manifest, definition, disksComeAlong(request, manifest), hosts, observation);
        reasons.addAll(choice.rejections());
        Hypervisor target =
                choice.host().orElseThrow(() -> refused(manifest, reasons).noting(choice.notes()));
        List<PairedDisk> paired = RestoreRules.disksAsTheyAre(request, manifest) ? List.of() : manifest.disks();
        DiskSources sources =
                DiskSources.of(snapshots, target, paired, request.copyName().isEmpty());
        reasons.addAll(sources.obstacles());
        SameDisks same = new SameDisks(snapshots, hosts, target);
        reasons.addAll(same.snapshotsFree(sources.there()));
        if (request.copyName().isEmpty()) {
            reasons.addAll(same.ofOthers(definition.uuid(), paired));
        }
        if (RestoreRules.disksAsTheyAre(request, manifest)) {
            reasons.addAll(RestoreRules.sharedDisksOfAnother(request, manifest));
            if (request.sharedDisks().isEmpty()) {
                reasons.addAll(same.asTheyAre(manifest, definition));
            }
        }
        Restorer restorer = restorerOf(manifest.format());
        if (!request.form().cold()) {
            reasons.addAll(restorer.obstacles(
                    job(manifest, definition, target, request.paused(), false, new NothingNoted(), Progress.NONE)));
        }
        reasons.addAll(RestoreRules.memory(target, manifest));
        if (!reasons.isEmpty()) {
            throw refused(manifest, reasons).noting(choice.notes());
        }
        RestoredDisks disks = new RestoredDisks(snapshots, target, sources);
        List<OpenPool.Located> definedElsewhere = known.stream()
                .filter(one -> one.guest().persistent() && one.host() != target)
                .toList();
        return new Plan(
                manifest,
                request.copyName()
                        .map(name -> definition.withDisks(disks.copiedPaths(name)))
                        .orElse(definition),
                target,
                choice.reason(),
                restorer,
                stays && definedElsewhere.isEmpty(),
                disks,
                gone(request, hosts),
                Stream.of(
                                choice.notes(),
                                RestoreRules.staleDefinitions(definedElsewhere),
                                new FindCheckpoint(store).leftOut(manifest, request.what(), clock.instant()))
                        .flatMap(List::stream)
                        .toList());
    }

    /** Returns the paths of disks that a host need not have. */
    private static Set<String> disksComeAlong(Request request, Manifest manifest) {
        return RestoreRules.disksAsTheyAre(request, manifest)
                ? Set.of()
                : manifest.storedDisks().stream().map(PairedDisk::path).collect(Collectors.toSet());
    }

    private static Refused refused(Manifest manifest, List<Reason> reasons) {
        return new Refused(
                "checkpoint '" + manifest.id() + "' of guest '" + manifest.guestName() + "' is not restored", reasons);
    }

    /** A host that answers is not gone, whatever was said. */
    private Predicate<String> gone(Request request, OpenPool hosts) {
        Set<String> answering =
                hosts.answering().stream().map(host -> host.host().name()).collect(Collectors.toSet());
        return name -> !answering.contains(name)
                && (claimed || request.goneHost().filter(name::equals).isPresent());
    }

    private Restorer restorerOf(ImageFormat format) {
        return restorers.stream()
                .filter(restorer -> restorer.format() == format)
                .findFirst()
                .orElseThrow(() ->
                        new Refused("no-restorer", "images of format '" + format + "' cannot be restored here", ""));
    }

    private Outcome restore(Plan plan, Request request, GuestLock lock, Progress progress) {
        Instant begun = clock.instant();
        JournalEntry entry =
                Unfinished.begin(journal, OPERATION, lock, plan.definition().name(), plan.target());
        entry.note(Unfinished.CHECKPOINT, plan.manifest().id().text());
        entry.note(
                Unfinished.METHOD,
                request.form().cold()
                        ? Unfinished.COLD
                        : plan.manifest().format().name());
        try {
            List<String> kept = placeDisks(plan, request, begun, entry, progress);
            Duration disksTook = Duration.between(begun, clock.instant());
            Guest guest = request.form().cold()
                    ? started(plan, entry)
                    : plan.restorer()
                            .restore(job(
                                    plan.manifest(),
                                    plan.definition(),
                                    plan.target(),
                                    request.paused(),
                                    plan.persistent(),
                                    entry,
                                    progress));
            Unfinished.endOn(journal, plan.definition().uuid(), plan.gone(), store);
            return outcome(plan, Optional.of(guest), Duration.between(begun, clock.instant()), disksTook)
                    .and(kept);
        } catch (Failure failure) {
            // While it is not known whether the guest runs, its disks are not to be touched: whoever settles that
            // settles them.
            throw entry.unsettled() ? failure : plan.disks().takenBack(failure, entry);
        } finally {
            if (!entry.unsettled()) {
                journal.end(entry);
            }
        }
    }

    /** A host that is lost in the middle may have started it. */
    private static Guest started(Plan plan, JournalEntry entry) {
        entry.note(JournalEntry.UNSETTLED, JournalEntry.YES);
        try {
            Guest guest = plan.target().start(plan.definition(), plan.persistent());
            entry.note(JournalEntry.UNSETTLED, "no");
            return guest;
        } catch (Failed e) {
            entry.note(JournalEntry.UNSETTLED, "no");
            throw e;
        }
    }

    private List<String> placeDisks(Plan plan, Request request, Instant begun, JournalEntry entry, Progress progress) {
        RestoredDisks disks = plan.disks();
        SnapshotMark mark = new SnapshotMark(
                store.identity(), plan.manifest().id().text(), plan.manifest().guestUuid());
        String moment = CheckpointId.at(begun).text();
        disks.bring(store, plan.manifest().id(), mark, moment, entry, progress);
        List<String> notes = new ArrayList<>();
        if (request.copyName().isPresent()) {
            disks.copy(request.copyName().get(), entry);
        } else {
            notes.addAll(disks.revert(mark, moment, entry));
        }
        notes.addAll(disks.forgetBrought());
        return notes;
    }

    private Restorer.RestoreJob job(
            Manifest manifest,
            Definition definition,
            Hypervisor target,
            boolean paused,
            boolean persistent,
            JournalEntry entry,
            Progress progress) {
        Supplier<InputStream> image = () -> store.image(manifest.id());
        return new Restorer.RestoreJob(
                target,
                definition,
                manifest.format(),
                image,
                manifest.imageBytes(),
                paused,
                persistent,
                entry,
                progress);
    }

    private static Outcome outcome(Plan plan, Optional<Guest> guest, Duration took, Duration disksTook) {
        return new Outcome(
                plan.manifest(),
                plan.definition().name(),
                plan.target().host().name(),
                plan.targetReason(),
                guest,
                took,
                disksTook,
                plan.notes());
    }

    private static String checkedName(String name) {
        if (!name.matches("[A-Za-z0-9][A-Za-z0-9._+-]{0,62}") || name.equals("Domain-0")) {
            throw new BadInput(
                    "bad-guest-name",
                    "'" + name + "' cannot be a guest's name",
                    "Use letters, digits, '.', '_', '+' and '-', at most 63 of them, and not the name of the host's own domain.");
        }
        return name;
    }
}
