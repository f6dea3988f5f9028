package org.vfrt.core.failure;

import org.jspecify.annotations.Nullable;

/** The operation was tried and did not work (exit code 1). */
public final class Failed extends Failure {

    private static final long serialVersionUID = 1L;

    public Failed(String code, String message, String hint) {
        this(code, message, hint, null);
    }

    public Failed(String code, String message, String hint, @Nullable Throwable cause) {
        super(code, message, hint, cause);
    }
}
