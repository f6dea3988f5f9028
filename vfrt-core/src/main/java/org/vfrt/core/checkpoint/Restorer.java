package org.vfrt.core.checkpoint;

import java.io.InputStream;
import java.util.List;
import java.util.function.Supplier;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.journal.JournalEntry;
import org.vfrt.core.pool.Definition;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.Hypervisor;

/** Brings an image back to life on a host. */
public interface Restorer {

    /** Returns which images it can bring back. */
    ImageFormat format();

    /** Asks the host why this image cannot be restored on it. Changes nothing; empty when it can. */
    List<Reason> obstacles(RestoreJob job);

    /**
     * Restores the guest. When it throws, no guest of that name is left on the target, or the failure says so.
     *
     * @return the guest as the host reports it afterwards, seen running unless {@code paused} was asked for
     */
    Guest restore(RestoreJob job);

    /**
     * Settles a restore whose process died: a copy that was never let run is removed. Idempotent.
     *
     * @return what was found and done, one sentence each
     */
    List<String> settle(JournalEntry entry, Hypervisor target);

    /**
     * What to restore, and where.
     *
     * @param definition the domain XML to start it under
     * @param image opens the image from its first byte
     * @param imageBytes length of the image
     * @param paused leave it paused
     * @param persistent let the target keep the definition
     */
    record RestoreJob(
            Hypervisor target,
            Definition definition,
            ImageFormat format,
            Supplier<InputStream> image,
            long imageBytes,
            boolean paused,
            boolean persistent,
            JournalEntry journal,
            Progress progress) {}
}
