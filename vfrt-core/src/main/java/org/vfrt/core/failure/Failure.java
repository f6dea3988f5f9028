package org.vfrt.core.failure;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What went wrong, on which host and guest, what was left standing, and what to do next.
 *
 * <p>The message is one lower-case sentence without a full stop, with nouns in single quotes; it says which state was left
 * behind wherever that is not obvious. The hint is a sentence an operator can act on. The code is a stable lower-case word with
 * dashes for scripts. The CLI maps the subclasses to exit codes in one place.
 */
public abstract sealed class Failure extends RuntimeException
        permits BadInput, Busy, Damaged, Failed, NotFound, PartlyFailed, Refused, Temporary, TimedOut {

    private static final long serialVersionUID = 1L;

    private final String code;
    private final String hint;
    private final ArrayList<String> notes = new ArrayList<>();

    Failure(String code, String message, String hint, @Nullable Throwable cause) {
        super(message, cause);
        this.code = code;
        this.hint = hint;
    }

    /** Returns the stable word for scripts, for example {@code guest-paused}. */
    public final String code() {
        return code;
    }

    /** Returns what to do next, one sentence; empty when there is nothing to say. */
    public final String hint() {
        return hint;
    }

    /** Returns every single reason, when there are several; empty when the message says it all. */
    public List<Reason> reasons() {
        return List.of();
    }

    /**
     * Adds what an operator should know besides: what was noticed on the way, and is not the reason. Before anybody else has it.
     *
     * @return this failure
     */
    public final Failure noting(List<String> sentences) {
        sentences.stream().filter(sentence -> !notes.contains(sentence)).forEach(notes::add);
        return this;
    }

    /** Returns what an operator should know besides, one sentence each. */
    public final List<String> notes() {
        return List.copyOf(notes);
    }

    /** Returns the message. A failure always has one. */
    @Override
    public final String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
