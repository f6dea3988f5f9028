package org.vfrt.core.standby;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Reason;

/** What was learned while one guest's claim is settled. For one thread. */
final class Settling {

    private final Protection protection;
    private final Set<String> tried = new LinkedHashSet<>();
    private final List<Reason> troubles = new ArrayList<>();
    private Optional<Failure> rolledBack = Optional.empty();

    Settling(Protection protection) {
        this.protection = protection;
    }

    Protection protection() {
        return protection;
    }

    /** Hosts that it was tried on and did not start on. */
    Set<String> tried() {
        return tried;
    }

    void failedOn(String host, Failure failure) {
        tried.add(host);
        trouble(host, failure);
    }

    void trouble(String host, Failure failure) {
        troubles.add(new Reason(failure.code(), "host '" + host + "': " + failure.getMessage(), failure.hint()));
    }

    void trouble(Reason reason) {
        troubles.add(reason);
    }

    List<Reason> troubles() {
        return List.copyOf(troubles);
    }

    /** It was to be handed over, could not be, and runs on where it was. */
    void rolledBack(Failure failure) {
        rolledBack = Optional.of(failure);
    }

    Optional<Failure> rolledBack() {
        return rolledBack;
    }
}
