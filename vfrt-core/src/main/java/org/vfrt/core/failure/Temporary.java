package org.vfrt.core.failure;

import org.jspecify.annotations.Nullable;

/** A passing condition, such as a host that does not answer (exit code 75). Trying again can work. */
public final class Temporary extends Failure {

    private static final long serialVersionUID = 1L;

    public Temporary(String code, String message, String hint) {
        this(code, message, hint, null);
    }

    public Temporary(String code, String message, String hint, @Nullable Throwable cause) {
        super(code, message, hint, cause);
    }
}
