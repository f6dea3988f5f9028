package org.vfrt.core.hot;

import java.util.List;
import org.vfrt.core.checkpoint.ImageFormat;
import org.vfrt.core.checkpoint.Progress;
import org.vfrt.core.checkpoint.Restorer;
import org.vfrt.core.epoch.EpochImage;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.journal.JournalEntry;
import org.vfrt.core.pool.Definition;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.Hypervisor;

/**
 * Starts a guest from its last complete epoch, as a migration: the host needs no file. Whoever calls this has made sure that the guest runs nowhere else and will not (rule 1), that no disks belong to it (rule 3), and that its
 * {@link GuestReceiver} has ended. For any number of threads.
 */
final class RestoreEpoch {

    private final Restorer restorer;

    /** @param restorer of images of the format {@link ImageFormat#LIBXL} */
    RestoreEpoch(Restorer restorer) {
        this.restorer = restorer;
    }

    /**
     * Starts it, and lets the target keep its definition.
     *
     * @param image open; the caller closes it
     * @param journal holds what is noted of it; the caller begins and ends it
     * @throws Refused when the target cannot take it; nothing was touched
     * @throws org.vfrt.core.failure.Failure when it was tried and did not work; nothing is left on the target then, or the failure says so
     */
    Guest run(EpochImage image, Hypervisor target, JournalEntry journal) {
        Definition definition = Definition.parse(image.definition());
        Restorer.RestoreJob job = new Restorer.RestoreJob(
                target,
                definition,
                ImageFormat.LIBXL,
                image::stream,
                image.bytes(),
                false,
                true,
                journal,
                Progress.NONE);
        List<Reason> obstacles = restorer.obstacles(job);
        if (!obstacles.isEmpty()) {
            throw new Refused("guest '" + definition.name() + "' is not started from its epoch", obstacles);
        }
        return restorer.restore(job);
    }
}
