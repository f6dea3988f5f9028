package org.vfrt.cli.output;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Reason;

/**
 * Why a command did not end with 0, as it is shown on stderr.
 *
 * @param code stable lower-case word with dashes
 * @param message one lower-case sentence without a full stop
 * @param hint what to do next; empty when there is nothing to say
 * @param reasons the single reasons, when there are several
 * @param notes what was noticed on the way, and is not the reason
 * @param cause what was thrown, for those who ask with {@code -v}
 */
public record Problem(
        String code,
        String message,
        String hint,
        List<Reason> reasons,
        List<String> notes,
        ExitCode exitCode,
        Optional<Throwable> cause) {

    public Problem {
        reasons = List.copyOf(reasons);
        notes = List.copyOf(notes);
    }

    /** Returns wrong usage that has no stack trace worth showing. */
    public static Problem usage(String code, String message, String hint) {
        return new Problem(code, message, hint, List.of(), List.of(), ExitCode.USAGE, Optional.empty());
    }

    /** Returns a failure of vfrt's own family as it is, and anything else as a bug. */
    public static Problem of(Throwable thrown) {
        if (thrown instanceof Failure failure) {
            return new Problem(
                    failure.code(),
                    failure.getMessage(),
                    failure.hint(),
                    failure.reasons(),
                    failure.notes(),
                    ExitCode.of(failure),
                    Optional.of(failure));
        }
        return new Problem(
                "bug",
                "this is a bug in vfrt: " + thrown,
                "Please report it, with the stack trace that '-v' shows.",
                List.of(),
                List.of(),
                ExitCode.FAILED,
                Optional.of(thrown));
    }

    /**
     * Sums up what failed among several things that were all tried: the failure itself when there was only one thing, else its
     * exit code when all failed alike, else "some of several".
     *
     * @param things how many were tried
     * @param failures what those that failed failed with; at least one
     * @param message for example {@code 1 of 3 hosts did not answer}
     */
    public static Problem among(int things, List<Failure> failures, String message) {
        if (things == 1) {
            return of(failures.get(0));
        }
        List<Reason> reasons = new ArrayList<>();
        failures.forEach(failure -> reasons.addAll(flat(failure)));
        ExitCode first = ExitCode.of(failures.get(0));
        boolean alike = failures.stream().allMatch(failure -> ExitCode.of(failure) == first);
        ExitCode all = alike ? first : ExitCode.FAILED;
        boolean every = failures.size() == things;
        return new Problem(
                every && alike ? failures.get(0).code() : "some-failed",
                message,
                "",
                reasons,
                failures.stream()
                        .flatMap(failure -> failure.notes().stream())
                        .distinct()
                        .toList(),
                every ? all : ExitCode.PARTLY_FAILED,
                Optional.of(failures.get(0)));
    }

    /** Returns the same problem with another code. */
    public Problem endingWith(String otherCode, ExitCode otherExitCode) {
        return new Problem(otherCode, message, hint, reasons, notes, otherExitCode, cause);
    }

    private static List<Reason> flat(Failure failure) {
        if (failure.reasons().isEmpty()) {
            return List.of(new Reason(failure.code(), failure.getMessage(), failure.hint()));
        }
        return failure.reasons().stream()
                .map(reason -> new Reason(reason.code(), failure.getMessage() + ": " + reason.text(), reason.hint()))
                .toList();
    }

    /** Prints it for people. */
    public void printText(PrintWriter err, boolean stackTrace) {
        err.println("vfrt: " + message);
        for (Reason reason : reasons) {
            err.println("  - " + reason.text());
            if (!reason.hint().isEmpty()) {
                err.println("    HINT: " + reason.hint());
            }
        }
        if (!hint.isEmpty()) {
            err.println("HINT: " + hint);
        }
        if (stackTrace) {
            cause.ifPresent(thrown -> thrown.printStackTrace(err));
        }
    }

    /** Prints it for scripts: one object on one line. */
    public void printJson(PrintWriter err) {
        Json.printLine(err, this::writeTo);
    }

    /** Writes its keys into an object. */
    public void writeTo(Json json) {
        json.field("code", code).field("message", message).field("hint", hint);
        json.objects("reasons", reasons, Problem::write);
        if (!notes.isEmpty()) {
            json.texts("notes", notes);
        }
        json.field("exitCode", exitCode.number());
    }

    /** Writes one reason into an object. */
    public static void write(Json json, Reason reason) {
        json.field("code", reason.code()).field("text", reason.text()).field("hint", reason.hint());
    }
}
