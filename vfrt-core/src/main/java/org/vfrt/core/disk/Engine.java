package org.vfrt.core.disk;

import java.util.Locale;

/** What makes a snapshot of a disk in a moment, without copying it. */
public enum Engine {
    /** A thin volume of LVM, whose snapshot is another (lvmthin(7)). */
    LVM_THIN,
    /** A file that shares its blocks with another, of any format (ioctl_ficlonerange(2)). */
    REFLINK,
    /** A program of the site, which keeps states of disks where it likes (docs/disk-hook.md). */
    EXTERNAL;

    /** Returns its name for people and files. */
    public String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
