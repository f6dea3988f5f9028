package org.vfrt.core.retention;

import java.util.List;
import org.vfrt.core.checkpoint.Manifest;

/**
 * What is to become of one checkpoint.
 *
 * @param reasons why it stays, each in a few words; empty when it goes
 */
public record Verdict(Manifest manifest, List<String> reasons) {

    public Verdict {
        reasons = List.copyOf(reasons);
    }

    /** Returns whether it stays. */
    public boolean stays() {
        return !reasons.isEmpty();
    }
}
