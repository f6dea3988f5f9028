package org.vfrt.xen.libvirt;

import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vfrt.core.checkpoint.ArrivingImage;
import org.vfrt.core.checkpoint.Capture;
import org.vfrt.core.checkpoint.CaptureJob;
import org.vfrt.core.checkpoint.Captured;
import org.vfrt.core.checkpoint.ImageReceiver.Received;
import org.vfrt.core.checkpoint.Method;
import org.vfrt.core.checkpoint.Progress;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.failure.Temporary;
import org.vfrt.core.failure.TimedOut;
import org.vfrt.core.journal.JournalEntry;
import org.vfrt.core.pool.Definition;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.GuestState;
import org.vfrt.core.pool.Host;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.xen.host.HostShell;

/**
 * Captures a guest with libvirt's save, and restores it on the same host before anything else is done. The guest stands still while
 * its memory is written to the host's disk and read back; the file is fetched while it runs again.
 *
 * <p>libvirt's managed save is never used: it removes the file before it tries to restore from it (bug F).
 */
public final class SaveCapture implements Capture {

    private static final Logger LOG = LoggerFactory.getLogger(SaveCapture.class);

    /** The code of the only failed save after which the guest is known to run. */
    private static final String NOT_SAVED = "guest-not-saved";

    static final String FILE = "saveFile";
    static final String PHASE = "phase";

    /** The disks the guest can write to; noted also when there are none. */
    static final String DISKS = "disks";

    /** The guest's domain id before its save. */
    static final String DOMAIN_ID = "domainId";

    /** The ids of all domains that were there before the save: within one boot of the host, a new domain gets a new id. */
    static final String DOMAIN_IDS = "domainIds";

    /** Which boot of the host the ids are of. */
    static final String BOOT = "boot";

    static final String SAVING = "saving";
    static final String RESTORING = "restoring";
    static final String RESTORED = "restored";

    /** An idle guest's CPU time moves at least once a second. */
    private static final Duration SEEN_RUNNING = Duration.ofSeconds(60);

    private static final Duration SEEN_STUCK = Duration.ofSeconds(15);

    /** Older files may belong to another life of the guest, whose disks have moved on since (rule 3). */
    private static final Duration FILE_AGE_MAX = Duration.ofHours(24);

    private static final long EMULATOR_BYTES = 64L << 20;
    private static final long SMALLEST_FILE_BYTES = 1 << 20;

    private final Spools spools;
    private final Clock clock;
    private final Duration jobDeadline;

    /**
     * @param shells opens a host's shell, {@link org.vfrt.xen.host.HostShells#of} as a rule; closed after each use
     * @param spoolDirectory where on the host the file goes; empty for the usual one, or a temporary directory for the test driver
     * @param jobDeadline how long {@link #settle} waits for a save that goes on after its caller died
     */
    public SaveCapture(
            Function<Host, Optional<HostShell>> shells,
            Optional<String> spoolDirectory,
            Clock clock,
            Duration jobDeadline) {
        this.spools = new Spools(shells, spoolDirectory);
        this.clock = clock;
        this.jobDeadline = jobDeadline;
    }

    @Override
    public Method method() {
        return Method.SAVE;
    }

    @Override
    public List<Reason> obstacles(Hypervisor host) {
        return spools.obstacle(host.host(), !host.xen(), SMALLEST_FILE_BYTES)
                .map(List::of)
                .orElse(List.of());
    }

    @Override
    public List<Reason> obstacles(Hypervisor host, Guest guest, Definition definition) {
        List<Reason> reasons = new ArrayList<>();
        spools.obstacle(host.host(), testDriver(definition), bytesNeeded(guest, definition))
                .ifPresent(reasons::add);
        SaveFile.tooLongForTestDriver(definition).ifPresent(reasons::add);
        return reasons;
    }

    @Override
    public Captured capture(CaptureJob job) {
        SavingHypervisor host = Spools.saving(job.host());
        try (HostShell shell = spools.shell(host.host())) {
            Spool spool = new Spool(shell, host.host(), spools.directory(testDriver(job.definition())));
            String file = spool.newFile(job.guest().uuid());
            JournalEntry journal = job.journal();
            journal.note(FILE, file);
            noteLife(journal, host, job, spool);
            journal.note(PHASE, SAVING);
            // Before the guest is touched, and taken back only when it is known to run: a state directory that runs
            // full in
            // between must not turn doubt into certainty.
            journal.note(JournalEntry.UNSETTLED, JournalEntry.YES);

            Instant instant = clock.instant();
            long begun = System.nanoTime();
            if (job.staysStopped()) {
                return stopped(host, shell, job, spool, file, instant);
            }
            Optional<Failure> standstill = saveAndBringBack(host, job, spool, file);
            Duration pause = Duration.ofNanos(System.nanoTime() - begun);
            journal.note(PHASE, RESTORED);
            journal.note(JournalEntry.UNSETTLED, "no");
            if (standstill.isPresent()) {
                spool.tryRemove(file);
                throw standstill.get();
            }

            Received received;
            Optional<String> left;
            try {
                received = fetch(shell, job, file);
            } finally {
                left = spool.tryRemove(file);
            }
            return new Captured(
                    job.definition().xml(),
                    instant,
                    received.imageBytes(),
                    pause,
                    Duration.ZERO,
                    left.map(List::of).orElse(List.of()));
        }
    }

    /** The file stays, and the phase with it: {@link #settle} brings the guest back from it until {@link #forget}. */
    private static Captured stopped(
            SavingHypervisor host, HostShell shell, CaptureJob job, Spool spool, String file, Instant instant) {
        long begun = System.nanoTime();
        saveOnly(host, job, spool, file);
        Received received;
        try {
            received = fetch(shell, job, file);
        } catch (Failure e) {
            noteThatItIsRestored(job.journal());
            bringBack(host, job, file);
            job.journal().note(PHASE, RESTORED);
            job.journal().note(JournalEntry.UNSETTLED, "no");
            spool.tryRemove(file);
            throw e;
        }
        return new Captured(
                job.definition().xml(),
                instant,
                received.imageBytes(),
                Duration.ofNanos(System.nanoTime() - begun),
                Duration.ZERO,
                List.of());
    }

    @Override
    public void forget(JournalEntry entry, Hypervisor hypervisor) {
        entry.fact(FILE).ifPresent(file -> {
            try (HostShell shell = spools.shell(hypervisor.host())) {
                new Spool(shell, hypervisor.host(), "/").remove(file);
            }
        });
    }

    /** What {@link #movedOn} needs to tell, after a crash, whether the guest can have written to its disks since. */
    private static void noteLife(JournalEntry journal, Hypervisor host, CaptureJob job, Spool spool) {
        journal.note(DISKS, String.join(",", job.definition().writableDisks()));
        journal.note(DOMAIN_ID, Integer.toString(job.guest().id()));
        journal.note(DOMAIN_IDS, domainIds(host).map(Object::toString).collect(Collectors.joining(",")));
        journal.note(BOOT, spool.boot());
    }

    private static Stream<Integer> domainIds(Hypervisor host) {
        return host.guests().stream()
                .filter(guest -> guest.state().active())
                .map(Guest::id)
                .sorted();
    }

    /** Returns why what belongs to the image could not be had while the guest stood still. */
    private static Optional<Failure> saveAndBringBack(SavingHypervisor host, CaptureJob job, Spool spool, String file) {
        saveOnly(host, job, spool, file);
        Optional<Failure> standstill = standstill(job);
        noteThatItIsRestored(job.journal());
        bringBack(host, job, file);
        return standstill;
    }

    private static void bringBack(SavingHypervisor host, CaptureJob job, String file) {
        bringBack(host, job.guest(), file, job.progress());
        host.settleMemory(job.definition(), received(job), false);
    }

    /** A save file holds the target that the guest has, and a restore from it finds room for no more. */
    private static Definition received(CaptureJob job) {
        return job.definition().toReceive(job.guest());
    }

    /** Whatever comes of it, the guest comes back first. */
    private static Optional<Failure> standstill(CaptureJob job) {
        try {
            job.standstill().run();
            return Optional.empty();
        } catch (Failure failure) {
            return Optional.of(failure);
        }
    }

    private static void saveOnly(SavingHypervisor host, CaptureJob job, Spool spool, String file) {
        try {
            save(host, job, spool, file);
        } catch (Failure e) {
            if (e.code().equals(NOT_SAVED)) {
                job.journal().note(JournalEntry.UNSETTLED, "no");
            }
            throw e;
        }
    }

    /**
     * From here on the guest may have run again, and its disks may be newer than the file (rule 3). A note that cannot be made must
     * not keep the guest from coming back; the next one tells of it.
     */
    private static void noteThatItIsRestored(JournalEntry journal) {
        try {
            journal.note(PHASE, RESTORING);
        } catch (Failure e) {
            LOG.warn("{}", e.getMessage());
        }
    }

    private static void save(SavingHypervisor host, CaptureJob job, Spool spool, String file) {
        Guest guest = job.guest();
        job.progress().at("saving", 0, guest.memoryBytes());
        try {
            if (received(job).memoryTargetBytes() > job.definition().memoryTargetBytes()) {
                host.setMemoryTarget(guest.uuid(), received(job).memoryTargetBytes());
            }
            host.save(guest.uuid(), file);
        } catch (Temporary e) {
            throw new Temporary(
                    e.code(),
                    "the save of guest '" + guest.name() + "' may go on without vfrt, to '" + file + "': "
                            + e.getMessage(),
                    "Run 'vfrt host check' as soon as host '" + host.host().name()
                            + "' answers: it brings the guest back.",
                    e);
        } catch (Failure e) {
            throw afterFailedSave(host, guest, spool, file, e);
        }
    }

    /** libvirt does not resume the guest when a save fails (bug C), and says that it runs. */
    private static Failure afterFailedSave(
            SavingHypervisor host, Guest guest, Spool spool, String file, Failure cause) {
        Running.Seen seen = Running.watch(host, guest.uuid(), SEEN_STUCK);
        if (!seen.active()) {
            return new Failed(
                    "save-failed",
                    "guest '" + guest.name() + "' is not running on host '"
                            + host.host().name() + "' after a failed save: " + cause.getMessage(),
                    "Look at '" + file + "' there; if it is whole, 'virsh restore " + file + "' continues the guest.",
                    cause);
        }
        spool.tryRemove(file);
        if (seen.running()) {
            return new Failed(
                    NOT_SAVED,
                    "guest '" + guest.name() + "' was not saved and goes on running: " + cause.getMessage(),
                    cause.hint(),
                    cause);
        }
        return suspended(host.host(), guest.name(), cause);
    }

    static Failed suspended(Host host, String guestName, Throwable cause) {
        return new Failed(
                "guest-suspended",
                "guest '" + guestName + "' is left suspended on host '" + host.name()
                        + "' although libvirt may say that it runs: " + cause.getMessage(),
                "On the host: 'systemctl restart libvirtd' (its guests are not touched), then 'virsh dompmwakeup "
                        + guestName + "'.",
                cause);
    }

    /** Restores at once, and once more if that fails: a moment after a save Xen may not have all of the memory back. */
    private static void bringBack(SavingHypervisor host, Guest guest, String file, Progress progress) {
        progress.at("restoring", 0, guest.memoryBytes());
        Optional<Failure> failure = restore(host, file);
        if (failure.isPresent()
                && !host.guest(guest.uuid())
                        .map(found -> found.state().active())
                        .orElse(false)) {
            failure = restore(host, file);
        }
        Running.Seen seen = Running.watch(host, guest.uuid(), failure.isPresent() ? SEEN_STUCK : SEEN_RUNNING);
        if (seen.running()) {
            return;
        }
        String why = failure.map(Failure::getMessage).orElse("it was not seen running");
        if (seen.active()) {
            throw new Failed(
                    "guest-not-seen-running",
                    "guest '" + guest.name() + "' was restored on host '"
                            + host.host().name() + "' and does not run: " + why + "; its memory is in '" + file + "'",
                    "Look at it with 'virsh console'; to go back: 'virsh destroy " + guest.name() + "', 'virsh restore "
                            + file + "'.",
                    failure.orElse(null));
        }
        throw new Failed(
                "restore-failed",
                "guest '" + guest.name() + "' is not running on host '"
                        + host.host().name() + "': its memory is in '" + file + "' there, and the restore failed: "
                        + why,
                "On the host: 'virsh restore " + file
                        + "'. Do not start the guest in another way: its disks belong to that file.",
                failure.orElse(null));
    }

    private static Optional<Failure> restore(SavingHypervisor host, String file) {
        try {
            host.restore(file, false);
            return Optional.empty();
        } catch (Temporary e) {
            throw new Temporary(
                    e.code(),
                    "the restore from '" + file + "' on host '" + host.host().name() + "' may go on without vfrt: "
                            + e.getMessage(),
                    "Run 'vfrt host check' as soon as the host answers; until then keep that file.",
                    e);
        } catch (Failure e) {
            return Optional.of(e);
        }
    }

    private static Received fetch(HostShell shell, CaptureJob job, String file) {
        try (InputStream bytes = shell.open(file)) {
            SaveFile.Image image = SaveFile.begin(bytes);
            return job.receiver()
                    .receive(
                            image.format(),
                            new Arriving(
                                    image.bytes(), job.progress(), job.guest().memoryBytes()));
        } catch (IOException e) {
            throw new Temporary(
                    "fetch-failed",
                    "the save file of guest '" + job.guest().name() + "' was not fetched, and the guest runs: "
                            + e.getMessage(),
                    "Try again.",
                    e);
        }
    }

    @Override
    public List<String> settle(JournalEntry entry, Hypervisor hypervisor) {
        Optional<String> fileNoted = entry.fact(FILE);
        Optional<String> phase = entry.fact(PHASE);
        if (fileNoted.isEmpty() || phase.isEmpty()) {
            return List.of("The capture had not touched the guest.");
        }
        SavingHypervisor host = Spools.saving(hypervisor);
        UUID uuid = UUID.fromString(entry.fact(JournalEntry.GUEST_UUID).orElseThrow());
        String file = fileNoted.get();
        awaitNoJob(host, uuid, file);
        try (HostShell shell = spools.shell(host.host())) {
            return settle(entry, host, uuid, file, phase.get(), new Spool(shell, host.host(), "/"));
        }
    }

    private List<String> settle(
            JournalEntry entry, SavingHypervisor host, UUID uuid, String file, String phase, Spool spool) {
        Optional<Guest> guest = host.guest(uuid);
        String name = guest.map(Guest::name).orElse(uuid.toString());
        Optional<Spool.Facts> facts = spool.look(file);
        if (guest.isPresent() && guest.get().state().active()) {
            return settleActive(host, guest.get(), file, facts, spool);
        }
        if (phase.equals(RESTORED)) {
            // It ran after its capture, so the file is older than its disks.
            spool.remove(file);
            return List.of("Guest '" + name + "' ended by itself after its capture; the save file was removed.");
        }
        if (facts.isEmpty()) {
            return List.of("Guest '" + name + "' is not running, and the capture had not written anything of it.");
        }
        if (phase.equals(RESTORING)) {
            throw new Failed(
                    "restore-unsure",
                    "guest '" + name + "' is not running on host '"
                            + host.host().name() + "': its restore from '" + file
                            + "' failed, or it ran and ended since",
                    "If it has not run since its save, 'virsh restore " + file
                            + "' continues it; if it has, its disks have moved"
                            + " on: remove the file and start the guest.");
        }
        if (facts.get().age().compareTo(FILE_AGE_MAX) > 0) {
            throw new Failed(
                    "save-file-old",
                    "guest '" + name + "' is not running on host '"
                            + host.host().name() + "', and its save file '" + file + "' is "
                            + facts.get().age().toHours() + " hours old",
                    "If the guest has not run since, 'virsh restore " + file + "' continues it; else remove the file.");
        }
        Optional<String> doubt = movedOn(entry, host, spool);
        if (doubt.isPresent()) {
            throw new Failed(
                    "restore-unsure",
                    "guest '" + name + "' is not running on host '"
                            + host.host().name() + "', and whether its disks" + " still belong to its save file '"
                            + file + "' is not sure: " + doubt.get(),
                    "If it has not run since its save, 'virsh restore " + file
                            + "' continues it; if it has, its disks have moved"
                            + " on: remove the file and start the guest.");
        }
        return settleInactive(entry, host, uuid, name, file, spool);
    }

    /**
     * Returns why the guest may have been started, and have written to its disks, since it was saved (rule 3). Without disks to
     * write to it does not matter. Otherwise no domain may be there that was not there before the save: a start of the guest
     * takes a new domain id, as does everything that is started after it.
     */
    private static Optional<String> movedOn(JournalEntry entry, Hypervisor host, Spool spool) {
        Optional<String> disks = entry.fact(DISKS);
        if (disks.filter(String::isEmpty).isPresent()) {
            return Optional.empty();
        }
        Optional<String> noted = entry.fact(DOMAIN_IDS);
        if (disks.isEmpty() || noted.isEmpty()) {
            return Optional.of("the journal does not say what disks it has, and which domains there were");
        }
        if (!entry.fact(BOOT).filter(boot -> !boot.isEmpty()).equals(Optional.of(spool.boot()))) {
            return Optional.of("the host was started again since, and it can write to " + disks.get());
        }
        List<String> before = List.of(noted.get().split(","));
        return domainIds(host)
                .filter(id -> !before.contains(id.toString()))
                .findFirst()
                .map(id ->
                        "domain " + id + " was started on the host since, so it may have been as well, and it can write"
                                + " to " + disks.get());
    }

    private static List<String> settleActive(
            SavingHypervisor host, Guest guest, String file, Optional<Spool.Facts> facts, Spool spool) {
        if (guest.state() == GuestState.PAUSED) {
            return List.of("Guest '" + guest.name() + "' is paused, which the capture did not do; nothing was changed"
                    + facts.map(found -> ", and the save file '" + file + "' was kept.")
                            .orElse("."));
        }
        if (!Running.watch(host, guest.uuid(), SEEN_STUCK).running()) {
            throw suspended(host.host(), guest.name(), new IllegalStateException("its CPU time stands still"));
        }
        spool.remove(file);
        return List.of(
                "Guest '" + guest.name() + "' runs on host '" + host.host().name() + "'"
                        + facts.map(found -> "; the save file was removed.").orElse("."));
    }

    /** Whether the file is whole is left to libvirt: a restore from half a file fails and starts nothing. */
    private static List<String> settleInactive(
            JournalEntry entry, SavingHypervisor host, UUID uuid, String name, String file, Spool spool) {
        entry.note(PHASE, RESTORING);
        Optional<Failure> failure = restore(host, file);
        Running.Seen seen = Running.watch(host, uuid, failure.isPresent() ? Duration.ZERO : SEEN_RUNNING);
        if (!seen.running()) {
            throw new Failed(
                    "restore-failed",
                    "guest '" + name + "' is not running on host '"
                            + host.host().name() + "', and its save file '" + file
                            + "' is incomplete or cannot be restored: "
                            + failure.map(Failure::getMessage).orElse("it was not seen running"),
                    "If 'virsh restore " + file
                            + "' fails as well, the file is not whole: start the guest from its disks, or"
                            + " restore an older checkpoint.",
                    failure.orElse(null));
        }
        entry.note(PHASE, RESTORED);
        spool.remove(file);
        return List.of("Guest '" + seen.guest().map(Guest::name).orElse(name) + "' was restored from '" + file
                + "' on host '" + host.host().name() + "' and runs; the file was removed.");
    }

    /** libvirt goes on saving when the caller dies; until it is done nothing is known. */
    private void awaitNoJob(Hypervisor host, UUID uuid, String file) {
        long end = System.nanoTime() + jobDeadline.toNanos();
        while (Running.busy(host, uuid)) {
            if (System.nanoTime() - end > 0 || !Running.pause()) {
                throw new TimedOut(
                        "job-active",
                        "libvirt still has a job open on guest '" + uuid + "' on host '"
                                + host.host().name() + "' after " + jobDeadline.toSeconds() + " s; it may be writing '"
                                + file + "'",
                        "If that file no longer grows, restart libvirtd on the host: its guests are not touched (bug A).");
            }
        }
    }

    private static boolean testDriver(Definition definition) {
        return definition.kind() == Definition.Kind.TEST;
    }

    private static long bytesNeeded(Guest guest, Definition definition) {
        // The test driver's guests have no memory; their file is some kilobytes.
        return testDriver(definition)
                ? SMALLEST_FILE_BYTES
                : guest.memoryBytes() + guest.memoryBytes() / 10 + EMULATOR_BYTES;
    }

    /** Bytes on their way, and when the last of them came. For one thread. */
    private static final class Arriving extends InputStream implements ArrivingImage {

        private final InputStream from;
        private final Progress progress;
        private final long total;
        private long done;
        private volatile long arrivalNanos = System.nanoTime();

        Arriving(InputStream from, Progress progress, long total) {
            this.from = from;
            this.progress = progress;
            this.total = total;
        }

        @Override
        public InputStream bytes() {
            return this;
        }

        @Override
        public long arrivalNanos() {
            return arrivalNanos;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            int n = from.read(buffer, offset, length);
            if (n > 0) {
                done += n;
                arrivalNanos = System.nanoTime();
                progress.at("fetching", done, total);
            }
            return n;
        }
    }
}
