package org.vfrt.core.failure;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Another operation holds the guest, or the store (exit code 7). Trying later can work. */
public final class Busy extends Failure {

    private static final long serialVersionUID = 1L;

    private final ArrayList<Reason> reasons;

    public Busy(String code, String message, String hint) {
        this(code, message, hint, null);
    }

    public Busy(String code, String message, String hint, @Nullable Throwable cause) {
        super(code, message, hint, cause);
        this.reasons = new ArrayList<>();
    }

    /** Several reasons under one headline, at least one; the code of the first stands for all. */
    public Busy(String message, List<Reason> reasons) {
        super(reasons.get(0).code(), message, "", null);
        this.reasons = new ArrayList<>(reasons);
    }

    @Override
    public List<Reason> reasons() {
        return List.copyOf(reasons);
    }
}
