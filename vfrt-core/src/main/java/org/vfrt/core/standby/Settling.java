package org.vfrt.core.standby;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.text.Amounts;

/** What was learned while one guest's claim is settled. For one thread. */
final class Settling {

    private final Protection protection;
    private final Consumer<String> announcement;
    private final boolean waits;
    private final Set<String> tried = new LinkedHashSet<>();
    private final List<Reason> troubles = new ArrayList<>();
    private Optional<Failure> rolledBack = Optional.empty();

    Settling(Protection protection) {
        this(protection, sentence -> {}, false);
    }

    /**
     * @param announcement hears what a start will lose, before anything is touched
     * @param waits whether a start that another controller is at is waited for; whoever has other guests to look after does not
     */
    Settling(Protection protection, Consumer<String> announcement, boolean waits) {
        this.protection = protection;
        this.announcement = announcement;
        this.waits = waits;
    }

    boolean waits() {
        return waits;
    }

    void announce(String host, List<Activator.Way> ways) {
        ways.stream()
                .filter(Activator.Way::open)
                .findFirst()
                .ifPresent(way -> announcement.accept("guest '" + protection.name() + "' comes back on host '" + host
                        + "' in the form '" + way.form() + "', and loses at most " + Amounts.duration(way.lost())));
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
