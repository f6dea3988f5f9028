package org.vfrt.xen.capture;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.vfrt.core.checkpoint.Capture;
import org.vfrt.core.checkpoint.CaptureJob;
import org.vfrt.core.checkpoint.Captured;
import org.vfrt.core.checkpoint.Method;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.failure.Temporary;
import org.vfrt.core.journal.JournalEntry;
import org.vfrt.core.pool.Definition;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.HostFacts;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.xen.endpoint.ReceiverProcess;
import org.vfrt.xen.host.GuestGuard;
import org.vfrt.xen.host.HostShell;
import org.vfrt.xen.libvirt.LibvirtHypervisor;

/**
 * Captures a running guest by a live migration into the store that is called off at the last step. The guest stands still for the
 * final copy round, and for a moment more while libvirt's watch for its poweroff is set up anew (bug E).
 *
 * <p>The source libvirtd owns the migration (peer to peer), so the guest goes on when vfrt dies. A {@link GuestGuard} on the host
 * takes care of what libvirt does not (bugs C and D).
 */
public final class LiveCapture implements Capture {

    private static final Duration BETWEEN_PAUSES = Duration.ofSeconds(1);

    private final boolean insecure;
    private final Clock clock;

    /**
     * Makes the method.
     *
     * @param insecure whether guest memory may cross the network in clear, to a host's {@code capture_address}
     */
    public LiveCapture(boolean insecure, Clock clock) {
        this.insecure = insecure;
        this.clock = clock;
    }

    @Override
    public Method method() {
        return Method.LIVE;
    }

    @Override
    public List<Reason> obstacles(Hypervisor host) {
        HostFacts facts = host.facts();
        if (!facts.xen()) {
            return List.of(new Reason(
                    "no-live-migration",
                    "libvirt's test driver cannot migrate guests",
                    "Use '--method save', or leave the choice to vfrt."));
        }
        return CaptureProbe.obstacles((LibvirtHypervisor) host, facts, insecure);
    }

    @Override
    public List<Reason> obstacles(Hypervisor host, Guest guest, Definition definition) {
        List<Reason> reasons = new ArrayList<>();
        if (definition.kind() == Definition.Kind.PV) {
            reasons.add(new Reason(
                    "pv-guest",
                    "it is a PV guest, and Debian's Xen cannot track the memory that a PV guest writes",
                    "Use '--method save', or turn the guest into a PVH guest."));
        }
        reasons.addAll(obstacles(host));
        return reasons;
    }

    @Override
    public Captured capture(CaptureJob job) {
        LibvirtHypervisor host = (LibvirtHypervisor) job.host();
        HostShell shell = shell(host);
        String hostDirectory = "/run/vfrt." + UUID.randomUUID();
        job.journal().note(Facts.DOMAIN_ID, Integer.toString(job.guest().id()));
        job.journal().note(Facts.HOST_DIRECTORY, hostDirectory);
        make(shell, hostDirectory);
        try {
            return capture(job, host, shell, hostDirectory);
        } catch (Failure failure) {
            if (job.journal().fact(Facts.PHASE).isEmpty()) {
                remove(shell, hostDirectory);
            }
            throw failure;
        }
    }

    private Captured capture(CaptureJob job, LibvirtHypervisor host, HostShell shell, String hostDirectory) {
        try (ReceiverProcess receiver = ReceiverProcess.start(WayHere.listening(host.host(), shell, insecure));
                WayHere way = WayHere.open(host.host(), shell, hostDirectory, receiver, insecure);
                Transfer transfer = Transfer.open(job, way, receiver)) {
            // Noted before, and taken back only when it is known: a full disk must not turn doubt into certainty.
            job.journal().note(JournalEntry.UNSETTLED, JournalEntry.YES);
            job.journal().note(Facts.PHASE, Facts.GUARDED);
            return capture(job, host, shell, hostDirectory, transfer);
        }
    }

    private Captured capture(
            CaptureJob job, LibvirtHypervisor host, HostShell shell, String hostDirectory, Transfer transfer) {
        try (GuestGuard guard = GuestGuard.watch(
                shell, hostDirectory, job.guest().id(), job.guest().uuid())) {
            Captured captured;
            try {
                Transfer.Ended ended = transfer.run(host, guard::resume);
                captured = captured(ended, rearm(host, job, guard));
            } catch (Failure failure) {
                if (failure.code().equals(GuestGuard.GONE)) {
                    settled(job, shell, hostDirectory, guard);
                    throw gone(job, failure);
                }
                if (transfer.runs()) {
                    if (transfer.suspended()) {
                        rearm(host, job, guard);
                    }
                    settled(job, shell, hostDirectory, guard);
                    throw failure;
                }
                throw leftToTheGuard(job, failure);
            }
            settled(job, shell, hostDirectory, guard);
            return captured;
        }
    }

    private static Failed gone(CaptureJob job, Failure cause) {
        String guest = job.guest().name();
        return new Failed(
                cause.code(),
                "guest '" + guest + "' on host '" + job.host().host().name()
                        + "' shut down, rebooted or was destroyed during its capture; there is no checkpoint of it",
                "Look at it with 'virsh domstate --reason " + guest + "' on the host.",
                cause);
    }

    /** Of a host that is not heard of any more nobody knows more than this. */
    private static Failure leftToTheGuard(CaptureJob job, Failure cause) {
        return cause instanceof Temporary
                ? new Temporary(
                        cause.code(),
                        "the capture of guest '" + job.guest().name() + "' on host '"
                                + job.host().host().name() + "' broke off: " + cause.getMessage()
                                + "; there is no checkpoint of it",
                        "A guard on the host sees to it that the guest goes on, whatever becomes of vfrt. When the host and its"
                                + " libvirt answer, 'vfrt host check' says what it found.",
                        cause)
                : cause;
    }

    /** The guest runs and is watched. Without this the guard acts alone as soon as its input ends, and the entry stays. */
    private static void settled(CaptureJob job, HostShell shell, String hostDirectory, GuestGuard guard) {
        guard.dismiss();
        remove(shell, hostDirectory);
        job.journal().note(JournalEntry.UNSETTLED, "no");
    }

    private Captured captured(Transfer.Ended ended, Duration rearmPause) {
        return new Captured(
                ended.definition(),
                clock.instant().minusNanos(System.nanoTime() - ended.stoodStillNanos()),
                ended.received().imageBytes(),
                Duration.ofNanos(
                        Math.max(0, ended.runsNanos() - ended.received().lastRoundNanos())),
                rearmPause,
                List.of());
    }

    /**
     * Closes libvirt's blind spot (bug E), which stops the guest once more. Only after a while: right behind the first, both interruptions would be
     * one for those who talk to the guest, as its network takes a moment to come back.
     */
    private static Duration rearm(LibvirtHypervisor host, CaptureJob job, GuestGuard guard) {
        letItBreathe();
        long begun = System.nanoTime();
        try {
            host.pmSuspend(job.guest().uuid());
            host.pmWakeup(job.guest().uuid());
        } catch (Failure failure) {
            // The guard, left alone, wakes the guest up and tries once more.
            throw new Failed(
                    "not-rearmed",
                    "libvirt's watch for the poweroff of guest '" + job.guest().name() + "' could not be set up anew: "
                            + failure.getMessage(),
                    "Run 'vfrt host check': it makes sure that the guest runs and is watched.",
                    failure);
        }
        Duration pause = Duration.ofNanos(System.nanoTime() - begun);
        guard.rearmed();
        return pause;
    }

    private static void letItBreathe() {
        try {
            Thread.sleep(BETWEEN_PAUSES.toMillis());
        } catch (InterruptedException e) {
            // Whoever is in a hurry gets it without.
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public List<String> settle(JournalEntry entry, Hypervisor host) {
        Optional<String> directory = entry.fact(Facts.HOST_DIRECTORY);
        Optional<String> domainId = entry.fact(Facts.DOMAIN_ID);
        if (directory.isEmpty() || domainId.isEmpty()) {
            return List.of("the capture had not begun");
        }
        HostShell shell = shell((LibvirtHypervisor) host);
        List<String> sentences = entry.fact(Facts.PHASE).isEmpty()
                ? List.of("the guest had not been touched")
                : GuestGuard.cure(
                        shell,
                        directory.get(),
                        Integer.parseInt(domainId.get()),
                        UUID.fromString(entry.fact(JournalEntry.GUEST_UUID).orElseThrow()));
        remove(shell, directory.get());
        return sentences;
    }

    private static void make(HostShell shell, String hostDirectory) {
        HostShell.Result result = shell.run(List.of("mkdir", "-m", "0700", hostDirectory), Duration.ofSeconds(60));
        if (!result.ok()) {
            throw new Failed(
                    "no-host-directory",
                    "'" + hostDirectory + "' could not be made on the host: " + result.complaint()
                            + "; the guest was not touched",
                    "Check '/run' on the host.");
        }
    }

    private static void remove(HostShell shell, String hostDirectory) {
        shell.run(List.of("rm", "-rf", "--", hostDirectory), Duration.ofSeconds(60));
    }

    private static HostShell shell(LibvirtHypervisor host) {
        return host.shell()
                .orElseThrow(() -> new Failed(
                        "no-shell",
                        "vfrt reaches no shell on host '" + host.host().name() + "' any more",
                        "Use the URI with '+ssh' that the capture was begun with."));
    }
}
