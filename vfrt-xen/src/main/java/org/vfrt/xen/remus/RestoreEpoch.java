package org.vfrt.xen.remus;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import org.vfrt.core.checkpoint.ImageFormat;
import org.vfrt.core.checkpoint.Progress;
import org.vfrt.core.checkpoint.Restorer;
import org.vfrt.core.epoch.EpochImage;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.NotFound;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.hot.EpochStart;
import org.vfrt.core.journal.JournalEntry;
import org.vfrt.core.pool.Definition;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.Hypervisor;

/**
 * Starts a guest from its last complete epoch, as a migration: the host needs no file. Whoever calls this has made sure that the guest runs nowhere else and will not (rule 1), that its disks are as they were at that instant (rule 3), and that its
 * {@link ReceiveGuest} has ended. For any number of threads.
 */
public final class RestoreEpoch {

    private final Restorer restorer;

    /** @param restorer of images of the format {@link ImageFormat#LIBXL} */
    public RestoreEpoch(Restorer restorer) {
        this.restorer = restorer;
    }

    /**
     * Starts it.
     *
     * @param epochs the directory of the guest's epochs
     * @param change what is different about the definition that the guest had
     * @param persistent let the target keep the definition
     * @param journal holds what is noted of it; the caller begins and ends it
     * @throws NotFound when no epoch is complete
     * @throws Refused when the target cannot take it; nothing was touched
     * @throws org.vfrt.core.failure.Busy when the epochs are still being received
     * @throws org.vfrt.core.failure.Failure when it was tried and did not work; nothing is left on the target then, or the failure says so
     */
    public EpochStart.Outcome run(
            Path epochs,
            Hypervisor target,
            UnaryOperator<Definition> change,
            boolean persistent,
            JournalEntry journal,
            Progress progress) {
        long begun = System.nanoTime();
        try (EpochImage image = EpochImage.open(epochs)
                .orElseThrow(() -> new NotFound(
                        "no-epoch",
                        "there is no complete epoch in '" + epochs + "'",
                        "Restore the guest's newest checkpoint: 'vfrt checkpoint restore GUEST'."))) {
            Definition definition = change.apply(Definition.parse(image.definition()));
            Restorer.RestoreJob job = new Restorer.RestoreJob(
                    target,
                    definition,
                    ImageFormat.LIBXL,
                    image::stream,
                    image.bytes(),
                    false,
                    persistent,
                    journal,
                    progress);
            List<Reason> obstacles = restorer.obstacles(job);
            if (!obstacles.isEmpty()) {
                throw new Refused("guest '" + definition.name() + "' is not started from its epoch", obstacles);
            }
            Guest guest = restorer.restore(job);
            return new EpochStart.Outcome(guest, image.epoch(), Duration.ofNanos(System.nanoTime() - begun));
        } catch (IOException e) {
            throw new Failed(
                    "epochs-unreadable",
                    "the epochs in '" + epochs + "' cannot be closed: " + e.getMessage(),
                    "See what the directory is on.",
                    e);
        }
    }
}
