package org.vfrt.xen.capture;

import java.io.InputStream;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.vfrt.core.checkpoint.ArrivingImage;
import org.vfrt.core.checkpoint.CaptureJob;
import org.vfrt.core.checkpoint.ImageFormat;
import org.vfrt.core.checkpoint.ImageReceiver;
import org.vfrt.core.checkpoint.ReportingInputStream;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Temporary;
import org.vfrt.core.failure.TimedOut;
import org.vfrt.xen.endpoint.CaptureEndpoint;
import org.vfrt.xen.endpoint.CaptureListener;
import org.vfrt.xen.endpoint.FinishState;
import org.vfrt.xen.endpoint.Prepared;
import org.vfrt.xen.endpoint.ReceiverProcess;
import org.vfrt.xen.libvirt.LibvirtHypervisor;

/**
 * One migration into the store: the endpoint that libvirt talks to, the process that receives the stream, and the thread that checks
 * and keeps it. For one thread, and for one migration.
 */
final class Transfer implements AutoCloseable {

    /** VIR_MIGRATE_LIVE and VIR_MIGRATE_PEER2PEER. */
    private static final int FLAGS = 1 | 2;

    /** How long the end of the stream may take after libvirt has asked to finish: tunnels buffer, and the guest stands still. */
    private static final Duration FINISH = Duration.ofSeconds(30);

    private static final Duration ANSWERED = Duration.ofSeconds(2);

    /** What libvirt is told, and what it writes into the host's log. */
    private static final String NOT_TAKING_OVER =
            "vfrt has its checkpoint and does not take the guest over (this is how it works, not a fault)";

    private static final String NOTHING_TO_TAKE_OVER =
            "vfrt has no checkpoint, because the guest's memory did not arrive or could not be kept; the guest goes on here";

    private final CaptureJob job;
    private final WayHere way;
    private final ReceiverProcess receiver;
    private final CaptureEndpoint endpoint;
    private final CompletableFuture<ImageReceiver.Received> reception = new CompletableFuture<>();
    private final CompletableFuture<Long> stoodStillNanos = new CompletableFuture<>();
    private final CompletableFuture<Boolean> standstill = new CompletableFuture<>();
    private boolean suspended;
    private boolean runs;

    private Transfer(CaptureJob job, WayHere way, ReceiverProcess receiver) {
        this.job = job;
        this.way = way;
        this.receiver = receiver;
        this.endpoint = CaptureEndpoint.open(way.socket(), way.dataUri(), new Listener());
    }

    /** Opens everything that libvirt will talk to. The receiver must listen already, and stays its opener's to close. */
    static Transfer open(CaptureJob job, WayHere way, ReceiverProcess receiver) {
        return new Transfer(job, way, receiver);
    }

    /**
     * What came of it.
     *
     * @param definition the guest's XML as libvirt sent it with the image
     * @param stoodStillNanos when the guest was known to stand still with all of its memory sent
     * @param runsNanos when it was known to run again
     */
    record Ended(String definition, ImageReceiver.Received received, long stoodStillNanos, long runsNanos) {

        /** Without the definition, which may hold passwords. */
        @Override
        public String toString() {
            return "Ended[" + received + "]";
        }
    }

    /** Makes sure that the guest runs, and says whether it had been left suspended. */
    interface Cure {
        boolean run();
    }

    /**
     * Lets libvirt migrate the guest here, and calls it off at the end.
     *
     * @param cure called as soon as libvirt has let go of the guest, whatever came of the migration
     * @throws Failure when there is no complete image; the guest was made sure of before
     */
    Ended run(LibvirtHypervisor host, Cure cure) {
        Thread keeper = new Thread(this::keep, "keep-image");
        keeper.setDaemon(true);
        keeper.start();
        Optional<Failure> refusal = migrate(host);
        if (refusal.isPresent() && refusal.get() instanceof Temporary) {
            // The connection is lost, and the migration may go on without us: only the guard can tell when it ends.
            throw refusal.get();
        }
        long letGoNanos = System.nanoTime();
        boolean leftSuspended = cure.run();
        long runsNanos = leftSuspended ? System.nanoTime() : letGoNanos;
        suspended = leftSuspended || stoodStillNanos.isDone();
        runs = true;
        if (!answered()) {
            throw broken(refusal);
        }
        standstillFailure().ifPresent(failure -> {
            throw failure;
        });
        return new Ended(definition(), received(), stoodStillNanos.join(), runsNanos);
    }

    /** libvirt acts on the answer to Finish before the endpoint has noted that it was given. */
    private boolean answered() {
        try {
            return endpoint.awaitAnswered(ANSWERED) instanceof FinishState.Answered answered && !answered.cancelled();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw interrupted();
        }
    }

    /** Returns whether the guest was made sure of after libvirt had let go of it. */
    boolean runs() {
        return runs;
    }

    /** Returns whether the guest was suspended at any time, so that libvirt would miss its next poweroff (bug E). */
    boolean suspended() {
        return suspended;
    }

    /** The migration always ends with an error, since the endpoint never takes the guest over. */
    private Optional<Failure> migrate(LibvirtHypervisor host) {
        try {
            host.migrateToUri(job.guest().uuid(), way.destination(), Map.of("migrate_uri", way.dataUri()), FLAGS);
            return Optional.empty();
        } catch (Failure refusal) {
            return Optional.of(refusal);
        }
    }

    private void keep() {
        try {
            reception.complete(job.receiver().receive(ImageFormat.LIBXL, new Reported()));
        } catch (RuntimeException e) {
            reception.completeExceptionally(e);
            // The guest must not suffer for a store that is full: a connection that breaks in the last round leaves it
            // suspended (bug C).
            receiver.drain();
        }
    }

    private String definition() {
        return endpoint.prepared()
                .flatMap(Prepared::definition)
                .orElse(job.definition().xml());
    }

    private ImageReceiver.Received received() {
        try {
            return reception.get(FINISH.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Failure failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        } catch (TimeoutException e) {
            throw new TimedOut(
                    "image-late",
                    "the end of the image of guest '" + job.guest().name() + "' did not arrive within "
                            + FINISH.toSeconds() + " s; the guest runs, and the checkpoint was dropped",
                    "Look at the network between the host and vfrt, then try again.",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw interrupted();
        }
    }

    private Failure broken(Optional<Failure> refusal) {
        String why = refusal.map(Failure::getMessage).orElse("libvirt reports a success that cannot be");
        // The store's own trouble explains more than the error it leads to on the other side.
        if (reception.isCompletedExceptionally() && endpoint.prepared().isPresent()) {
            try {
                reception.join();
            } catch (RuntimeException e) {
                if (e.getCause() instanceof Failure failure && failure.code().equals("store-full")) {
                    return failure;
                }
            }
        }
        return new Failed(
                "transfer-broken",
                "the transfer of guest '" + job.guest().name() + "' from host '"
                        + job.host().host().name() + "' broke: " + why + "; the guest runs, and there is no checkpoint",
                "Look at '/var/log/libvirt/libxl/libxl-driver.log' on the host, then try again.",
                refusal.orElse(null));
    }

    /** Why what belongs to the image could not be had at that moment; only where the image itself is whole. */
    private Optional<Failure> standstillFailure() {
        if (!standstill.isCompletedExceptionally()) {
            return Optional.empty();
        }
        try {
            standstill.join();
            return Optional.empty();
        } catch (CompletionException e) {
            if (e.getCause() instanceof Failure failure) {
                return Optional.of(failure);
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    private Failure interrupted() {
        return new Failed(
                "interrupted", "the capture of guest '" + job.guest().name() + "' was interrupted; the guest runs", "");
    }

    @Override
    public void close() {
        endpoint.close();
    }

    private final class Listener implements CaptureListener {

        private final CompletableFuture<Boolean> gone = new CompletableFuture<>();

        @Override
        public String finish(boolean cancelled) {
            if (!cancelled) {
                stoodStillNanos.complete(System.nanoTime());
                awaitEndOfImage();
                useStandstill();
            }
            return reception.isDone() && !reception.isCompletedExceptionally() ? NOT_TAKING_OVER : NOTHING_TO_TAKE_OVER;
        }

        /** Through a tunnel Finish overtakes the data, so the image's own end is what counts, never a socket's. */
        private void awaitEndOfImage() {
            try {
                CompletableFuture.anyOf(reception.handle((received, failure) -> true), gone)
                        .get(FINISH.toSeconds(), TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (ExecutionException | TimeoutException e) {
                // What is missing is told when the result is asked for; the guest must not wait for it any longer.
                return;
            }
        }

        /** Not when the image is no good: then nothing is to be paired with it, and the guest must not wait. */
        private void useStandstill() {
            if (!reception.isDone() || reception.isCompletedExceptionally() || gone.isDone()) {
                return;
            }
            try {
                job.standstill().run();
                if (gone.isDone()) {
                    // libvirt has let the guest go on meanwhile: what was taken may be of a later moment.
                    throw new Failed(
                            "standstill-cut-short",
                            "guest '" + job.guest().name()
                                    + "' went on before the snapshots of its disks were taken; there is no checkpoint",
                            "Try again.");
                }
                standstill.complete(true);
            } catch (RuntimeException e) {
                standstill.completeExceptionally(e);
            }
        }

        @Override
        public void clientGone(FinishState at) {
            gone.complete(true);
        }
    }

    /** Tells the one who waits how much has arrived. */
    private final class Reported implements ArrivingImage {

        private final InputStream bytes = new ReportingInputStream(
                receiver.image().bytes(), job.definition().memoryBytes(), "capture", job.progress());

        @Override
        public InputStream bytes() {
            return bytes;
        }

        @Override
        public long arrivalNanos() {
            return receiver.image().arrivalNanos();
        }
    }
}
