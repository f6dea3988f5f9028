package org.vfrt.core.durable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Set;

/** A file with a secret, of which its owner alone may know. */
public final class PrivateFile {

    /** Not those to execute: a secret with 0700 is odd and harms nobody. */
    private static final Set<PosixFilePermission> OTHERS = EnumSet.of(
            PosixFilePermission.GROUP_READ,
            PosixFilePermission.GROUP_WRITE,
            PosixFilePermission.OTHERS_READ,
            PosixFilePermission.OTHERS_WRITE);

    private PrivateFile() {}

    /** Others than the owner can read the file, or write to it. */
    public static final class Open extends IOException {

        private static final long serialVersionUID = 1L;

        Open(Path file) {
            super("'" + file + "' is open to others");
        }
    }

    /**
     * Reads a whole one.
     *
     * @param limitBytes the most it may hold
     * @throws Open when others can read it, or write to it
     * @throws OddFile when it is longer, or not a regular file
     */
    public static byte[] read(Path named, int limitBytes) throws IOException {
        // Secrets are often handed out by symbolic links; whose they are is asked of what they lead to.
        Path file = named.toRealPath();
        Set<PosixFilePermission> open = EnumSet.copyOf(OTHERS);
        open.retainAll(Files.getPosixFilePermissions(file));
        if (!open.isEmpty()) {
            throw new Open(named);
        }
        return DurableFiles.read(file, limitBytes);
    }
}
