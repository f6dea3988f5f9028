package org.vfrt.core.failure;

import java.util.ArrayList;
import java.util.List;

/** Wrong usage or configuration (exit code 2), with every mistake at once where there are several. */
public final class BadInput extends Failure {

    private static final long serialVersionUID = 1L;

    private final ArrayList<Reason> reasons;

    public BadInput(String code, String message, String hint) {
        super(code, message, hint, null);
        this.reasons = new ArrayList<>();
    }

    /** Several reasons under one headline; the code of the first stands for all. */
    public BadInput(String message, List<Reason> reasons) {
        super(reasons.isEmpty() ? "unspecified" : reasons.get(0).code(), message, "", null);
        this.reasons = new ArrayList<>(reasons);
    }

    @Override
    public List<Reason> reasons() {
        return List.copyOf(reasons);
    }
}
