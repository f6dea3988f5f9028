package org.vfrt.core.journal;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Optional;
import org.vfrt.core.durable.DurableFiles;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.failure.Refused;

/** Says in an operator's words why the state directory cannot be used. */
final class StateTrouble {

    private StateTrouble() {}

    /** Whoever can write there can have vfrt finish an operation that it never began. */
    static void refuseOpenToOthers(Path stateDirectory) {
        try {
            if (DurableFiles.isOpenToOthers(stateDirectory)) {
                throw new Refused(
                        "state-open-to-others",
                        "every user of this machine can write to the state directory '" + stateDirectory + "'",
                        "Keep others out with 'chmod o-w', and look whether what is in it is yours.");
            }
        } catch (IOException e) {
            throw of(stateDirectory, e);
        }
    }

    static Optional<Reason> notWritable(Path stateDirectory) {
        Optional<Reason> forbidden = DurableFiles.notWritable(stateDirectory)
                .map(there -> new Reason(
                        "state-not-writable",
                        "what vfrt does cannot be written down in the state directory '" + stateDirectory + "': '"
                                + there + "' cannot be written to",
                        "Run vfrt as the user it belongs to, or give it another one with 'state:' or VFRT_STATE."));
        return forbidden.or(() -> failing(stateDirectory));
    }

    private static Optional<Reason> failing(Path stateDirectory) {
        try {
            DurableFiles.probe(stateDirectory);
            return Optional.empty();
        } catch (IOException e) {
            Failed trouble = of(stateDirectory, e);
            return Optional.of(new Reason(trouble.code(), trouble.getMessage(), trouble.hint()));
        }
    }

    static Failed of(Path stateDirectory, IOException cause) {
        String why = "it failed: " + cause.getMessage();
        String hint = "Look at the file system it is on; nothing was begun that is not written down.";
        if (cause instanceof AccessDeniedException) {
            why = "permission denied at '" + cause.getMessage() + "'";
            hint = "Run vfrt as the user it belongs to, or give it another one with 'state:' or VFRT_STATE.";
        } else if (cause instanceof NotDirectoryException) {
            why = "'" + cause.getMessage() + "' is not a directory";
            hint = "Give vfrt a directory with 'state:' or VFRT_STATE.";
        } else if (String.valueOf(cause.getMessage()).contains("No space left")) {
            why = "the disk is full";
            hint = "Free some space there and type the command again.";
        }
        return new Failed(
                "state-unusable", "the state directory '" + stateDirectory + "' cannot be used: " + why, hint, cause);
    }
}
