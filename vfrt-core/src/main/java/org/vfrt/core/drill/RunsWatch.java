package org.vfrt.core.drill;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.Hypervisor;

/** Looks whether a guest's CPU time grows. */
final class RunsWatch implements DrillGround.Watch {

    /** A guest that hangs or falls over right after the restore does so within seconds. */
    private static final Duration LONG_ENOUGH = Duration.ofSeconds(5);

    private final Hypervisor host;
    private final Guest before;
    private final Clock clock;
    private final Instant begun;
    private final Duration least;

    RunsWatch(Hypervisor host, Guest before, Duration within, Clock clock) {
        this.host = host;
        this.before = before;
        this.clock = clock;
        this.begun = clock.instant();
        this.least = within.compareTo(LONG_ENOUGH) < 0 ? within : LONG_ENOUGH;
    }

    @Override
    public Optional<String> seen() {
        if (clock.instant().isBefore(begun.plus(least))) {
            return Optional.empty();
        }
        return host.guest(before.uuid())
                .filter(now -> now.state().running() && now.cpuTime().compareTo(before.cpuTime()) > 0)
                .map(now -> "it runs, and its CPU time grows");
    }

    @Override
    public String instead() {
        return "its CPU time stands still";
    }

    @Override
    public void close() {
        // It has nothing open.
    }
}
