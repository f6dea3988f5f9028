package org.vfrt.core.migrate;

import org.vfrt.core.checkpoint.Progress;
import org.vfrt.core.journal.JournalEntry;
import org.vfrt.core.pool.Definition;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.Hypervisor;

/**
 * What a migration works on.
 *
 * @param definition the guest's definition as read by the check
 * @param sharedDisks whether somebody who knows has said that the guest's writable disks are the same on both hosts
 * @param journal the open journal entry of the operation
 * @param progress told how far the transfer is; may be called by any thread, at any rate
 */
public record MigrationJob(
        Hypervisor source,
        Hypervisor target,
        Guest guest,
        Definition definition,
        boolean sharedDisks,
        JournalEntry journal,
        Progress progress) {}
