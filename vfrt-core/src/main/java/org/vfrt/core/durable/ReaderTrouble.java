package org.vfrt.core.durable;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.util.Locale;

/** Tells what is wrong with the one who reads from what is wrong with what is read. */
public final class ReaderTrouble {

    private ReaderTrouble() {}

    /**
     * Returns whether reading failed for a reason that says nothing of the file: another user, or another limit of open files, and it can
     * be read.
     */
    public static boolean is(IOException problem) {
        String text = String.valueOf(problem.getMessage()).toLowerCase(Locale.ROOT);
        return problem instanceof AccessDeniedException
                || text.contains("too many open files")
                || (problem.getCause() instanceof IOException cause && is(cause));
    }
}
