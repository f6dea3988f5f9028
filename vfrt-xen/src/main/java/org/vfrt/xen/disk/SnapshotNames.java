package org.vfrt.xen.disk;

import org.vfrt.core.disk.Engine;
import org.vfrt.core.disk.SnapshotMark;

/**
 * What snapshots are called. A volume of LVM is {@code GROUP/VOLUME} and carries whose it is in its tags; a file carries it in its name, and lies in a
 * directory beside the disk, as files share blocks within a file system only.
 */
final class SnapshotNames {

    private static final String DIRECTORY = ".vfrt-snapshots/";
    private static final String MARK = ".vfrt-";
    private static final String KEPT = "kept-";
    private static final String BROUGHT = "brought-";

    private SnapshotNames() {}

    static String snapshot(Engine engine, String origin, SnapshotMark mark) {
        return switch (engine) {
            case LVM_THIN -> origin + MARK + mark.checkpoint();
            case REFLINK -> beside(origin) + MARK + mark.checkpoint() + owner(mark);
            case EXTERNAL -> throw new IllegalArgumentException("no engine of a host");
        };
    }

    /** What was there before a restore. */
    static String kept(Engine engine, String origin, SnapshotMark mark, String moment) {
        return switch (engine) {
            case LVM_THIN -> origin + MARK + KEPT + moment;
            case REFLINK -> beside(origin) + MARK + KEPT + moment + owner(mark);
            case EXTERNAL -> throw new IllegalArgumentException("no engine of a host");
        };
    }

    /** What a restore makes of what the store holds. */
    static String brought(Engine engine, String origin, SnapshotMark mark, String moment) {
        return switch (engine) {
            case LVM_THIN -> origin + MARK + BROUGHT + moment;
            case REFLINK -> beside(origin) + MARK + BROUGHT + moment + owner(mark);
            case EXTERNAL -> throw new IllegalArgumentException("no engine of a host");
        };
    }

    /** Returns the disk that a snapshot was taken of; such a name came out of {@link #snapshot}. */
    static String origin(Engine engine, String snapshot) {
        String origin = snapshot.substring(0, snapshot.lastIndexOf(MARK));
        return engine == Engine.LVM_THIN ? origin : origin.replace("/" + DIRECTORY, "/");
    }

    /** Returns where a copy's disk is: where the original's is, under the copy's name. */
    static String copy(Engine engine, String origin, String copyName, String target) {
        String place = origin.substring(0, origin.lastIndexOf('/') + 1);
        return place + copyName + "." + target + (engine == Engine.REFLINK ? ".img" : "");
    }

    /** Returns where a definition finds it. */
    static String path(Engine engine, String reference) {
        return engine == Engine.LVM_THIN ? "/dev/" + reference : reference;
    }

    private static String owner(SnapshotMark mark) {
        return "." + mark.store() + "." + mark.guest();
    }

    private static String beside(String file) {
        int name = file.lastIndexOf('/') + 1;
        return file.substring(0, name) + DIRECTORY + file.substring(name);
    }
}
