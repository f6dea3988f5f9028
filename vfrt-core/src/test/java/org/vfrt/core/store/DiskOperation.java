package org.vfrt.core.store;

import java.nio.ByteBuffer;
import java.util.TreeMap;

/** One change of a {@link Disk}, or one demand that earlier ones be durable. */
sealed interface DiskOperation {

    /** A file or directory, whatever its name is at the time. */
    final class Node {
        final boolean directory;
        /** As they are now, for the one who records. */
        final TreeMap<String, Node> children = new TreeMap<>();

        Node(boolean directory) {
            this.directory = directory;
        }
    }

    /** A file or directory got its first name. */
    record Made(Node in, String name, Node what) implements DiskOperation {}

    /** Bytes were written, by a call. */
    record Written(Node file, int offset, ByteBuffer bytes) implements DiskOperation {}

    /** A file was cut off at a length. */
    record Cut(Node file, int length) implements DiskOperation {}

    /** From here on bytes are written to a mapping of the file: nobody knows when, and when they reach the disk. */
    record Mapped(Node file) implements DiskOperation {}

    /** What was written to a file is durable; its name need not be. */
    record Forced(Node file) implements DiskOperation {}

    /** Something got another name, and what had that name lost it. */
    record Renamed(Node from, String name, Node to, String newName) implements DiskOperation {}

    /** A file or an empty directory lost its name. */
    record Removed(Node from, String name) implements DiskOperation {}

    /** The names in a directory are durable. */
    record Synced(Node directory) implements DiskOperation {}
}
