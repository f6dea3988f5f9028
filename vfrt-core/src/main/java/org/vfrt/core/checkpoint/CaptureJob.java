package org.vfrt.core.checkpoint;

import org.vfrt.core.journal.JournalEntry;
import org.vfrt.core.pool.Definition;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.Hypervisor;

/**
 * What a capture works on.
 *
 * @param definition the guest's definition as read by the check
 * @param receiver where the image goes
 * @param journal the open journal entry of the operation
 * @param progress told how far the transfer is; may be called by any thread, at any rate
 * @param standstill what is done while the guest stands still with all of its memory out
 * @param staysStopped whether the guest is left stopped, for its memory to go on elsewhere; {@link Capture#settle} brings it back. Only a capture
 *     that stops it anyway can do that
 */
public record CaptureJob(
        Hypervisor host,
        Guest guest,
        Definition definition,
        ImageReceiver receiver,
        JournalEntry journal,
        Progress progress,
        Standstill standstill,
        boolean staysStopped) {

    /** A capture after which the guest runs. */
    public CaptureJob(
            Hypervisor host,
            Guest guest,
            Definition definition,
            ImageReceiver receiver,
            JournalEntry journal,
            Progress progress,
            Standstill standstill) {
        this(host, guest, definition, receiver, journal, progress, standstill, false);
    }
}
