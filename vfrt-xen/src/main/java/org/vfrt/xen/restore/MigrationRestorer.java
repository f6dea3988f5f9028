package org.vfrt.xen.restore;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.vfrt.core.checkpoint.DamagedImage;
import org.vfrt.core.checkpoint.ImageFormat;
import org.vfrt.core.checkpoint.ReportingInputStream;
import org.vfrt.core.checkpoint.Restorer;
import org.vfrt.core.failure.Damaged;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.journal.JournalEntry;
import org.vfrt.core.pool.Definition;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.Host;
import org.vfrt.core.pool.HostUri;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.xen.endpoint.ImageSender;
import org.vfrt.xen.endpoint.RestoreEndpoint;
import org.vfrt.xen.endpoint.RestoreState;
import org.vfrt.xen.host.HostShell;
import org.vfrt.xen.host.Leftovers;
import org.vfrt.xen.host.ReceivePort;
import org.vfrt.xen.host.RuntimeDirectory;
import org.vfrt.xen.host.Tunnel;
import org.vfrt.xen.libvirt.LibvirtHypervisor;
import org.vfrt.xen.libvirt.LibvirtHypervisors;
import org.vfrt.xen.libvirt.Running;

/**
 * Restores a guest by migrating it out of the store: the endpoint poses as the source host, the target's libvirt takes the guest over
 * and needs no file. The stream goes through ssh, or over loopback when vfrt runs on the target itself.
 */
public final class MigrationRestorer implements Restorer {

    /** VIR_MIGRATE_LIVE. */
    private static final int LIVE = 1;
    /** VIR_MIGRATE_PERSIST_DEST. */
    private static final int PERSIST = 8;
    /** VIR_MIGRATE_PAUSED. */
    private static final int PAUSED = 32;

    private static final int BUFFER_BYTES = 256 << 10;
    private static final int TRIES = 3;
    private static final Duration CONNECT = Duration.ofSeconds(30);
    private static final Duration RUNS = Duration.ofSeconds(60);

    private static final String PHASE = "phase";
    private static final String PORT = "port";

    private final LibvirtHypervisors hypervisors;
    private final SplittableRandom random;

    /**
     * Makes the restorer.
     *
     * @param hypervisors connects to the endpoint
     * @param random chooses ports
     */
    public MigrationRestorer(LibvirtHypervisors hypervisors, SplittableRandom random) {
        this.hypervisors = hypervisors;
        this.random = random;
    }

    @Override
    public ImageFormat format() {
        return ImageFormat.LIBXL;
    }

    @Override
    public List<Reason> obstacles(RestoreJob job) {
        List<Reason> reasons = new ArrayList<>();
        String name = job.target().host().name();
        if (!job.target().xen()) {
            reasons.add(new Reason(
                    "not-a-xen-host", "host '" + name + "' is not a Xen host, and the image is of a Xen guest", ""));
        }
        if (!job.target().host().uri().local() && !job.target().host().uri().ssh()) {
            reasons.add(new Reason(
                    "no-shell",
                    "the image cannot be sent to host '" + name + "', because there is no ssh connection to it",
                    "Use a URI with '+ssh', for example 'xen+ssh://root@" + name + "/system'."));
        }
        return reasons;
    }

    @Override
    public Guest restore(RestoreJob job) {
        LibvirtHypervisor target = (LibvirtHypervisor) job.target();
        HostShell shell = shell(target);
        Leftovers.refuseOrphan(shell, target.host().name(), job.definition().uuid());
        for (int attempt = 1; ; attempt++) {
            int port = ReceivePort.any(random);
            try {
                migrate(job, target, shell, port);
                target.settleMemory(job.definition(), job.definition().toReceive(job.imageBytes()), job.persistent());
                Guest guest = seenThere(job, target);
                job.journal().note(JournalEntry.UNSETTLED, "no");
                return guest;
            } catch (PortTaken e) {
                job.journal().note(JournalEntry.UNSETTLED, "no");
                if (attempt == TRIES) {
                    throw failed(job, "no free port was found on the target in " + TRIES + " tries", e);
                }
            }
        }
    }

    /** The same one that the preflight asked for. */
    private static HostShell shell(Hypervisor target) {
        return ((LibvirtHypervisor) target).shell().orElseThrow();
    }

    private void migrate(RestoreJob job, LibvirtHypervisor target, HostShell shell, int port) throws PortTaken {
        Definition definition = job.definition().toReceive(job.imageBytes());
        Sending sending = new Sending(job, shell, port);
        try (RuntimeDirectory directory = RuntimeDirectory.make();
                RestoreEndpoint endpoint = RestoreEndpoint.open(
                        directory.socket(), definition.name(), definition.uuid(), definition.xml(), sending)) {
            try (LibvirtHypervisor store = hypervisors.connect(storeAt(directory.socket()))) {
                job.journal().note(PORT, Integer.toString(port));
                job.journal().note(PHASE, "migrating");
                // Taken back only when it is known what came of it: a full disk must not turn doubt into certainty.
                job.journal().note(JournalEntry.UNSETTLED, JournalEntry.YES);
                store.migrateTo(
                        definition.uuid(),
                        definition.name(),
                        target,
                        Map.of("migrate_uri", "tcp://127.0.0.1:" + port),
                        LIVE | (job.paused() ? PAUSED : 0) | (job.persistent() ? PERSIST : 0));
            } catch (Failure failure) {
                boolean sendingBegan = endpoint.state() != RestoreState.WAITING;
                if (!sendingBegan && failure.getMessage().contains("Unable to bind to port")) {
                    throw new PortTaken(failure);
                }
                throw undone(job, target, shell, port, sending.trouble.orElse(failure), sendingBegan);
            }
        }
    }

    /** A restore that failed must leave nothing behind that could be started by mistake, and touch nothing that is not its own. */
    private static Failure undone(
            RestoreJob job, LibvirtHypervisor target, HostShell shell, int port, Failure cause, boolean sendingBegan) {
        UUID uuid = job.definition().uuid();
        try {
            if (Leftovers.clear(shell, target.host().name(), uuid, port)) {
                Optional<Guest> found =
                        target.guest(uuid).filter(guest -> guest.state().active());
                if (found.isPresent() && !(sendingBegan && found.get().neverRan())) {
                    return failed(
                            job,
                            cause.getMessage() + "; a guest of that UUID is active there in state '"
                                    + found.get().state() + "', and was left alone",
                            cause);
                }
                found.ifPresent(guest -> target.destroy(guest.uuid()));
            }
            job.journal().note(JournalEntry.UNSETTLED, "no");
        } catch (Failure failure) {
            return failed(
                    job,
                    cause.getMessage() + "; whether a part of it is left on the target could not be found out: "
                            + failure.getMessage(),
                    cause);
        }
        String left = cause.getMessage() + "; nothing of it is left on the target";
        if (cause instanceof Damaged) {
            return new Damaged(
                    cause.code(),
                    "guest '" + job.definition().name() + "' was not restored: " + left,
                    "Name the guest and not the checkpoint: then the newest that was not found damaged is restored.",
                    cause);
        }
        return failed(job, left, cause);
    }

    private static Guest seenThere(RestoreJob job, LibvirtHypervisor target) {
        UUID uuid = job.definition().uuid();
        Guest there = target.guest(uuid).orElseThrow(() -> failed(job, "the target does not know it afterwards", null));
        if (job.paused()) {
            return there;
        }
        Running.Seen seen = Running.watch(target, uuid, RUNS);
        if (!seen.running()) {
            throw failed(job, "it is left on the target, and does not use any CPU time", null);
        }
        return seen.guest().orElseThrow();
    }

    @Override
    public List<String> settle(JournalEntry entry, Hypervisor target) {
        Optional<UUID> uuid = entry.fact(JournalEntry.GUEST_UUID).map(UUID::fromString);
        if (uuid.isEmpty() || entry.fact(PHASE).isEmpty()) {
            return List.of("the target had not been touched");
        }
        Leftovers.clear(
                shell(target),
                target.host().name(),
                uuid.get(),
                Integer.parseInt(entry.fact(PORT).orElse("0")));
        Optional<Guest> guest =
                target.guest(uuid.get()).filter(one -> one.state().active());
        if (guest.isEmpty()) {
            return List.of("no guest came out of it; restore it again");
        }
        if (!guest.get().neverRan()) {
            return List.of("guest '" + guest.get().name() + "' is on host '"
                    + target.host().name() + "' in state '" + guest.get().state() + "', and was left as it is");
        }
        // Its image may be incomplete, and as it never ran nothing is lost with it.
        target.destroy(uuid.get());
        return List.of("the half-restored guest '" + guest.get().name() + "' on host '"
                + target.host().name() + "' was removed; restore it again");
    }

    private static Host storeAt(Path socket) {
        return new Host("vfrt's own endpoint", HostUri.parse("xen+unix:///system?socket=" + socket), Optional.empty());
    }

    private static Failed failed(RestoreJob job, String why, @Nullable Throwable cause) {
        return new Failed(
                "restore-failed",
                "guest '" + job.definition().name() + "' was not restored on host '"
                        + job.target().host().name() + "': " + why,
                "Look at '/var/log/libvirt/libxl/libxl-driver.log' on the host; the checkpoint is untouched.",
                cause);
    }

    /** The target could not listen on the port that was chosen. */
    private static final class PortTaken extends Exception {
        private static final long serialVersionUID = 1L;

        PortTaken(Failure cause) {
            super(cause.getMessage(), cause);
        }
    }

    /** Sends the image to the port that the target's libvirt listens on. */
    private static final class Sending implements ImageSender {
        private final RestoreJob job;
        private final HostShell shell;
        private final int port;
        private volatile Optional<Failure> trouble = Optional.empty();

        Sending(RestoreJob job, HostShell shell, int port) {
            this.job = job;
            this.shell = shell;
            this.port = port;
        }

        @Override
        public void send(String migrateUri) throws IOException {
            if (job.target().host().uri().local()) {
                send(port);
                return;
            }
            try (Tunnel forward = shell.forwardPortToHost(port)) {
                send(forward.port());
            }
        }

        private void send(int here) throws IOException {
            try (Socket socket = new Socket();
                    InputStream image =
                            new ReportingInputStream(job.image().get(), job.imageBytes(), "restore", job.progress())) {
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), here), (int) CONNECT.toMillis());
                OutputStream out = socket.getOutputStream();
                byte[] buffer = new byte[BUFFER_BYTES];
                for (int count = image.read(buffer); count >= 0; count = image.read(buffer)) {
                    out.write(buffer, 0, count);
                }
                socket.shutdownOutput();
            } catch (DamagedImage e) {
                trouble = Optional.of(
                        new Damaged("image-damaged", "the stored image is damaged: " + e.getMessage(), "", e));
                throw e;
            } catch (IOException e) {
                trouble = Optional.of(new Failed("image-not-sent", "the image was not sent: " + e.getMessage(), "", e));
                throw e;
            }
        }
    }
}
