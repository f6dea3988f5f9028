package org.vfrt.core.failure;

import org.jspecify.annotations.Nullable;

/** What is stored, or what arrived, is not what it claims to be (exit code 8). */
public final class Damaged extends Failure {

    private static final long serialVersionUID = 1L;

    public Damaged(String code, String message, String hint) {
        this(code, message, hint, null);
    }

    public Damaged(String code, String message, String hint, @Nullable Throwable cause) {
        super(code, message, hint, cause);
    }
}
