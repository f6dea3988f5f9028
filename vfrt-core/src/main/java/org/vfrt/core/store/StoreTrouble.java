package org.vfrt.core.store;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Locale;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Failure;

/** Says in an operator's words why a store cannot be used. */
public final class StoreTrouble {

    /** Less than this is as good as nothing: one block for the data and some for names. */
    private static final long NOTHING_LEFT_BYTES = 64 * 1024;

    private StoreTrouble() {}

    /** Says it of a store, or of where its packs are made. */
    public static Failure of(Path store, IOException cause) {
        String text = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
        String what = "the store '" + store + "' ";
        if (cause instanceof NotDirectoryException) {
            return new BadInput(
                    "store-not-directory",
                    what + "cannot be used: '" + cause.getMessage() + "' is not a directory",
                    "Name a directory with 'store:', VFRT_STORE or '--store'.");
        }
        if (cause instanceof AccessDeniedException || text.contains("operation not permitted")) {
            return new Failed(
                    "store-denied",
                    what + "cannot be used: permission denied at '" + cause.getMessage() + "'",
                    "Run vfrt as the user the store belongs to.",
                    cause);
        }
        if (text.contains("read-only file system")) {
            return new Failed(
                    "store-read-only",
                    what + "is on a read-only file system",
                    "Mount it for writing; look at 'dmesg' when it became so by itself.",
                    cause);
        }
        if (full(store, text)) {
            return new Failed(
                    "store-full",
                    what + "is full; what it held before is untouched",
                    "Free space there, for example with 'vfrt checkpoint delete' or 'vfrt store gc', and type the command again.",
                    cause);
        }
        return new Failed(
                "store-failed",
                what + "failed: " + cause.getMessage(),
                "Look at the file system it is on, for example with 'dmesg'.",
                cause);
    }

    /** The system's text can be in another language, so the space that is left is asked as well. */
    private static boolean full(Path store, String text) {
        if (text.contains("no space left") || text.contains("quota exceeded")) {
            return true;
        }
        try {
            return FreeSpace.bytes(store) < NOTHING_LEFT_BYTES;
        } catch (IOException e) {
            return false;
        }
    }
}
