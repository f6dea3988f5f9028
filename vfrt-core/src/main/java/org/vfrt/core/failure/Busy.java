package org.vfrt.core.failure;

import org.jspecify.annotations.Nullable;

/** Another operation holds the guest, or the store (exit code 7). Trying later can work. */
public final class Busy extends Failure {

    private static final long serialVersionUID = 1L;

    public Busy(String code, String message, String hint) {
        this(code, message, hint, null);
    }

    public Busy(String code, String message, String hint, @Nullable Throwable cause) {
        super(code, message, hint, cause);
    }
}
