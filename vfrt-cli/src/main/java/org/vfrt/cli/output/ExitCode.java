package org.vfrt.cli.output;

import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Busy;
import org.vfrt.core.failure.Damaged;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.NotFound;
import org.vfrt.core.failure.PartlyFailed;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.failure.Temporary;
import org.vfrt.core.failure.TimedOut;

/** What a command's end means to a script. This is the one place where failures are mapped to numbers. */
public enum ExitCode {
    DONE(0, "done"),
    FAILED(1, "failed"),
    USAGE(2, "wrong usage or configuration"),
    REFUSED(3, "refused by a safety rule; nothing was touched"),
    NOT_FOUND(4, "no such guest, host or checkpoint"),
    PARTLY_FAILED(5, "some of several failed"),
    TIMED_OUT(6, "timed out"),
    BUSY(7, "busy: another operation holds it"),
    DAMAGED(8, "verification failed"),
    TEMPORARY(75, "temporary, try again"),
    INTERRUPTED(130, "interrupted by SIGINT"),
    TERMINATED(143, "ended by SIGTERM");

    private final int number;
    private final String meaning;

    ExitCode(int number, String meaning) {
        this.number = number;
        this.meaning = meaning;
    }

    /** Returns the number the process ends with. */
    public int number() {
        return number;
    }

    /** Returns what the help says about it. */
    public String meaning() {
        return meaning;
    }

    /** Returns the code for a failure. */
    public static ExitCode of(Failure failure) {
        if (failure instanceof BadInput) {
            return USAGE;
        }
        if (failure instanceof Refused) {
            return REFUSED;
        }
        if (failure instanceof NotFound) {
            return NOT_FOUND;
        }
        if (failure instanceof PartlyFailed) {
            return PARTLY_FAILED;
        }
        if (failure instanceof TimedOut) {
            return TIMED_OUT;
        }
        if (failure instanceof Busy) {
            return BUSY;
        }
        if (failure instanceof Damaged) {
            return DAMAGED;
        }
        return failure instanceof Temporary ? TEMPORARY : FAILED;
    }
}
