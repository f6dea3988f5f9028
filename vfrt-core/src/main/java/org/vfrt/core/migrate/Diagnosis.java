package org.vfrt.core.migrate;

import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * What is the matter with a guest.
 *
 * @param findings in words; none when nothing is the matter
 * @param repair the one safe thing to do next; empty when there is nothing to do, or nothing safe
 * @param hint what a human has to decide; empty when there is a repair or no finding
 */
public record Diagnosis(
        UUID uuid, String name, List<GuestTrace> traces, List<String> findings, Optional<Repair> repair, String hint) {

    public Diagnosis {
        traces = List.copyOf(traces);
        findings = List.copyOf(findings);
    }

    /** Returns whether nothing is the matter. */
    public boolean healthy() {
        return findings.isEmpty();
    }
}
