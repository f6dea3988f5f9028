package org.vfrt.core.failure;

import org.jspecify.annotations.Nullable;

/** A deadline passed (exit code 6). */
public final class TimedOut extends Failure {

    private static final long serialVersionUID = 1L;

    public TimedOut(String code, String message, String hint) {
        this(code, message, hint, null);
    }

    public TimedOut(String code, String message, String hint, @Nullable Throwable cause) {
        super(code, message, hint, cause);
    }
}
