package org.vfrt.core.migrate;

import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.GuestState;

/** What a host has of guest web1, put together word by word. */
final class SomeTraces {

    static final UUID WEB1 = UUID.fromString("11111111-2222-3333-4444-555555555555");

    private SomeTraces() {}

    static GuestTrace runs(String host) {
        return trace(host, GuestTrace.State.RUNS, 7, GuestState.BLOCKED, true);
    }

    static GuestTrace suspended(String host) {
        return trace(host, GuestTrace.State.SUSPENDED, 7, GuestState.PAUSED, true);
    }

    static GuestTrace received(String host) {
        return trace(host, GuestTrace.State.PAUSED, 0, GuestState.PAUSED, false);
    }

    static GuestTrace pausedAfterRunning(String host) {
        return trace(host, GuestTrace.State.PAUSED, 3, GuestState.PAUSED, false);
    }

    static GuestTrace ended(String host) {
        return trace(host, GuestTrace.State.ENDED, 3, GuestState.RUNNING, false);
    }

    static GuestTrace trace(String host, GuestTrace.State state, int cpuSeconds, GuestState known, boolean persistent) {
        return new GuestTrace(
                host,
                WEB1,
                "web1",
                Optional.of(guest(known, persistent)),
                Optional.of(new GuestTrace.Domain(7, state, Duration.ofSeconds(cpuSeconds))),
                false,
                false,
                false);
    }

    static GuestTrace defined(String host) {
        return new GuestTrace(
                host,
                WEB1,
                "web1",
                Optional.of(guest(GuestState.SHUT_OFF, true)),
                Optional.empty(),
                false,
                false,
                false);
    }

    static GuestTrace known(GuestTrace trace, Optional<Guest> known) {
        return new GuestTrace(
                trace.host(),
                trace.uuid(),
                trace.name(),
                known,
                trace.domain(),
                trace.jobOpen(),
                trace.sending(),
                trace.receiving());
    }

    static GuestTrace known(GuestTrace trace, GuestState state, boolean persistent) {
        return known(trace, Optional.of(guest(state, persistent)));
    }

    static GuestTrace domain(GuestTrace trace, Optional<GuestTrace.Domain> domain) {
        return new GuestTrace(
                trace.host(),
                trace.uuid(),
                trace.name(),
                trace.known(),
                domain,
                trace.jobOpen(),
                trace.sending(),
                trace.receiving());
    }

    static GuestTrace busy(GuestTrace trace, boolean jobOpen, boolean sending, boolean receiving) {
        return new GuestTrace(
                trace.host(), trace.uuid(), trace.name(), trace.known(), trace.domain(), jobOpen, sending, receiving);
    }

    private static Guest guest(GuestState state, boolean persistent) {
        return new Guest(
                "web1",
                WEB1,
                state.active() ? 7 : -1,
                state,
                Duration.ofSeconds(state.active() ? 7 : 0),
                512L << 20,
                1,
                persistent);
    }
}
