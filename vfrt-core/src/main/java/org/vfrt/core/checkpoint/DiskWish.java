package org.vfrt.core.checkpoint;

import java.util.Locale;

/** What of a guest's writable disks becomes part of a checkpoint. */
public enum DiskWish {
    /** A snapshot of each, which stays where the disk is. */
    REFERENCE,
    /** The same, and what it holds goes into the store; then the snapshot is needed for telling what changed until the next checkpoint, and for nothing else. */
    CONTENT,
    /** What the site's own program takes of each, where that keeps it. */
    EXTERNAL,
    /** Nothing: it holds memory alone (rule 3). */
    NONE;

    /** Returns its name for people and files. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
