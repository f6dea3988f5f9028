package org.vfrt.core.failure;

import org.jspecify.annotations.Nullable;

/** There is no such guest, host or checkpoint (exit code 4). */
public final class NotFound extends Failure {

    private static final long serialVersionUID = 1L;

    public NotFound(String code, String message, String hint) {
        this(code, message, hint, null);
    }

    public NotFound(String code, String message, String hint, @Nullable Throwable cause) {
        super(code, message, hint, cause);
    }
}
