package org.vfrt.core.checkpoint;

/** What of a guest's writable disks becomes part of a checkpoint. */
public enum DiskWish {
    /** A snapshot of each, which stays where the disk is. */
    REFERENCE,
    /** Nothing: it holds memory alone (rule 3). */
    NONE
}
