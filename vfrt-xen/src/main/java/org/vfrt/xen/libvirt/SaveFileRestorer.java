package org.vfrt.xen.libvirt;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.vfrt.core.checkpoint.ImageFormat;
import org.vfrt.core.checkpoint.Restorer;
import org.vfrt.core.failure.Damaged;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.failure.TimedOut;
import org.vfrt.core.journal.JournalEntry;
import org.vfrt.core.pool.Definition;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.Host;
import org.vfrt.core.pool.HostFacts;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.xen.host.HostShell;

/**
 * Restores an image with libvirt's restore from a file that is written to the target host first: the way for the test driver, and for
 * Xen hosts to which no tunnel can be opened.
 */
public final class SaveFileRestorer implements Restorer {

    private static final String FILE = "restoreFile";

    private static final Duration SEEN_RUNNING = Duration.ofSeconds(60);
    private static final Duration WRITE = Duration.ofHours(12);

    /** The test driver's save files are a definition of at most 8 KiB and its head. */
    private static final int TEST_IMAGE_BYTES_MAX = 64 << 10;

    /** More than any head that is written in front of an image. */
    private static final long HEAD_BYTES = 1 << 20;

    private final Spools spools;
    private final Duration jobDeadline;

    /**
     * @param shells opens a host's shell, {@link org.vfrt.xen.host.HostShells#of} as a rule; closed after each use
     * @param spoolDirectory where on the host the file goes; empty for the usual one, or a temporary directory for the
     *     test driver
     * @param jobDeadline how long {@link #settle} waits for a restore that goes on after its caller died
     */
    public SaveFileRestorer(
            Function<Host, Optional<HostShell>> shells, Optional<String> spoolDirectory, Duration jobDeadline) {
        this.spools = new Spools(shells, spoolDirectory);
        this.jobDeadline = jobDeadline;
    }

    @Override
    public ImageFormat format() {
        return ImageFormat.LIBVIRT_TEST;
    }

    @Override
    public List<Reason> obstacles(RestoreJob job) {
        List<Reason> reasons = new ArrayList<>();
        Host host = job.target().host();
        HostFacts facts = job.target().facts();
        Definition definition = job.definition();
        if (facts.xen() != (job.format() == ImageFormat.LIBXL)) {
            reasons.add(new Reason(
                    "wrong-hypervisor",
                    "the image is of format '" + job.format() + "', and host '" + host.name() + "' runs '"
                            + facts.hypervisor() + "'",
                    "Choose a host of the kind the checkpoint was taken on."));
        }
        SaveFile.tooLongForTestDriver(definition).ifPresent(reasons::add);
        spools.obstacle(host, testDriver(job), job.imageBytes() + HEAD_BYTES).ifPresent(reasons::add);
        return reasons;
    }

    @Override
    public Guest restore(RestoreJob job) {
        SavingHypervisor target = Spools.saving(job.target());
        try (HostShell shell = spools.shell(target.host())) {
            Spool spool = new Spool(shell, target.host(), spools.directory(testDriver(job)));
            String file = spool.newFile(job.definition().uuid());
            job.journal().note(FILE, file);
            try {
                write(job, shell, file);
                return start(job, target, file);
            } finally {
                spool.tryRemove(file);
            }
        }
    }

    private static void write(RestoreJob job, HostShell shell, String file) {
        try (InputStream image = job.image().get();
                InputStream whole = job.format() == ImageFormat.LIBXL ? xen(job, image) : test(job, image)) {
            Counting counted = new Counting(whole, job);
            try {
                shell.store(counted, file, WRITE);
            } catch (Failed e) {
                throw counted.broken()
                        .map(broken -> (Failure) damaged(job, broken))
                        .orElse(e);
            }
        } catch (IOException e) {
            throw damaged(job, e);
        }
    }

    private static Damaged damaged(RestoreJob job, IOException e) {
        return new Damaged(
                "damaged-image",
                "the image of guest '" + job.definition().name() + "' cannot be read, and nothing was started: "
                        + e.getMessage(),
                "Verify the checkpoint: 'vfrt checkpoint verify'.",
                e);
    }

    private static InputStream xen(RestoreJob job, InputStream image) {
        return new SequenceInputStream(
                new ByteArrayInputStream(SaveFile.xenHead(
                        job.definition().toReceive(job.imageBytes()).xml())),
                image);
    }

    /** The file holds nothing but a definition, so it is read to check it, and written anew under the definition asked for. */
    private static InputStream test(RestoreJob job, InputStream image) throws IOException {
        byte[] bytes = SaveFile.begin(image).bytes().readNBytes(TEST_IMAGE_BYTES_MAX);
        if (bytes.length == TEST_IMAGE_BYTES_MAX) {
            throw new IOException("it is longer than any save file of the test driver");
        }
        return new ByteArrayInputStream(SaveFile.test(job.definition().xml()));
    }

    private static Guest start(RestoreJob job, SavingHypervisor target, String file) {
        UUID uuid = job.definition().uuid();
        String name = job.definition().name();
        boolean xen = job.format() == ImageFormat.LIBXL;
        job.progress().at("starting", job.imageBytes(), job.imageBytes());
        try {
            target.restore(file, job.paused() && xen);
            if (xen) {
                target.settleMemory(job.definition(), job.definition().toReceive(job.imageBytes()), job.persistent());
            }
            if (job.paused() && !xen) {
                target.suspend(uuid);
            }
        } catch (Failed e) {
            boolean there =
                    target.guest(uuid).map(guest -> guest.state().active()).orElse(false);
            throw new Failed(
                    "restore-failed",
                    "guest '" + name + "' was not restored on host '"
                            + target.host().name() + "'" + (there ? ", and is active there now" : "") + ": "
                            + e.getMessage(),
                    there ? "Look at it with 'virsh domstate " + name + "' before doing anything else." : e.hint(),
                    e);
        }
        if (job.paused()) {
            return target.guest(uuid)
                    .orElseThrow(() -> new Failed(
                            "restore-failed",
                            "guest '" + name + "' is gone from host '"
                                    + target.host().name() + "' after its restore",
                            "See the host's log: 'journalctl -u libvirtd'."));
        }
        Running.Seen seen = Running.watch(target, uuid, SEEN_RUNNING);
        return seen.guest()
                .filter(guest -> seen.running())
                .orElseThrow(() -> new Failed(
                        "guest-not-seen-running",
                        "guest '" + name + "' was restored on host '"
                                + target.host().name() + "' and "
                                + (seen.active() ? "does not run; it is left there" : "is gone"),
                        "Look at it with 'virsh domstate " + name + "' and 'virsh console " + name + "'."));
    }

    @Override
    public List<String> settle(JournalEntry entry, Hypervisor hypervisor) {
        Optional<String> file = entry.fact(FILE);
        if (file.isEmpty()) {
            return List.of("The restore had not begun on the host.");
        }
        SavingHypervisor target = Spools.saving(hypervisor);
        UUID uuid = UUID.fromString(entry.fact(JournalEntry.GUEST_UUID).orElseThrow());
        // A restore that libvirt was asked for goes on by itself; from a file it is complete or it is nothing.
        long end = System.nanoTime() + jobDeadline.toNanos();
        while (Running.busy(target, uuid)) {
            if (System.nanoTime() - end > 0 || !Running.pause()) {
                throw new TimedOut(
                        "job-active",
                        "libvirt still has a job open on guest '" + uuid + "' on host '"
                                + target.host().name() + "' after " + jobDeadline.toSeconds() + " s",
                        "If nothing is going on, restart libvirtd on the host: its guests are not touched (bug A).");
            }
        }
        try (HostShell shell = spools.shell(target.host())) {
            new Spool(shell, target.host(), "/").remove(file.get());
        }
        return List.of(target.guest(uuid)
                .filter(guest -> guest.state().active())
                .map(guest -> "Guest '" + guest.name() + "' was restored on host '"
                        + target.host().name() + "' before vfrt ended; its state is '" + guest.state() + "'.")
                .orElse("The guest was not started on host '" + target.host().name() + "'; the file was removed."));
    }

    private static boolean testDriver(RestoreJob job) {
        return job.format() == ImageFormat.LIBVIRT_TEST;
    }

    /** Tells how much went through, and whether it was the image itself that broke. */
    private static final class Counting extends InputStream {

        private final InputStream from;
        private final RestoreJob job;
        private final AtomicReference<@Nullable IOException> failure = new AtomicReference<>();
        private long done;

        Counting(InputStream from, RestoreJob job) {
            this.from = from;
            this.job = job;
        }

        Optional<IOException> broken() {
            return Optional.ofNullable(failure.get());
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            try {
                int n = from.read(buffer, offset, length);
                if (n > 0) {
                    done += n;
                    job.progress().at("writing", done, job.imageBytes());
                }
                return n;
            } catch (IOException e) {
                failure.set(e);
                throw e;
            }
        }
    }
}
