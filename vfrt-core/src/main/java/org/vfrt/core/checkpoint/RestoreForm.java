package org.vfrt.core.checkpoint;

import java.util.Locale;

/** As what a guest comes back from a checkpoint. */
public enum RestoreForm {
    /** It goes on: its memory, over the states of its disks that belong to it. */
    MEMORY,
    /** It starts anew, over its disks as they are now. */
    COLD_CURRENT,
    /** It starts anew, over the states of its disks that belong to the checkpoint. */
    COLD_PAIRED;

    /** Returns its name for people and files. */
    public String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    boolean cold() {
        return this != MEMORY;
    }
}
