package org.vfrt.core.failure;

import java.util.ArrayList;
import java.util.List;

/** A safety rule says no (exit code 3), with every reason at once. Nothing was touched. */
public final class Refused extends Failure {

    private static final long serialVersionUID = 1L;

    private final ArrayList<Reason> reasons;

    public Refused(String code, String message, String hint) {
        super(code, message, hint, null);
        this.reasons = new ArrayList<>();
    }

    /** Several reasons under one headline; the code of the first stands for all. */
    public Refused(String message, List<Reason> reasons) {
        super(reasons.isEmpty() ? "unspecified" : reasons.get(0).code(), message, "", null);
        this.reasons = new ArrayList<>(reasons);
    }

    @Override
    public List<Reason> reasons() {
        return List.copyOf(reasons);
    }
}
