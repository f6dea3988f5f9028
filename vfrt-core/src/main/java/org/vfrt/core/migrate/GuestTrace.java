package org.vfrt.core.migrate;

import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.vfrt.core.pool.Guest;

/**
 * What one host has of one guest, as Xen itself and libvirt say it.
 *
 * @param known what libvirt says; empty when it does not know the guest
 * @param domain what Xen says; empty when it has no domain of that UUID
 * @param jobOpen whether libvirt has a job open on it
 * @param sending whether the memory of any guest is being sent from this host
 * @param receiving whether the memory of any guest is being received on this host
 */
public record GuestTrace(
        String host,
        UUID uuid,
        String name,
        Optional<Guest> known,
        Optional<Domain> domain,
        boolean jobOpen,
        boolean sending,
        boolean receiving) {

    /**
     * A domain of Xen.
     *
     * @param cpuTime used since it was built
     */
    public record Domain(int id, State state, Duration cpuTime) {}

    /** How a domain is, as Xen sees it. */
    public enum State {
        RUNS,
        /** It was asked to suspend and did; it goes on only when somebody resumes it. */
        SUSPENDED,
        PAUSED,
        /** It has ended, and nobody has taken its domain away. */
        ENDED
    }

    boolean is(State state) {
        return domain.filter(one -> one.state() == state).isPresent();
    }

    /** Received from another host, and never let run. */
    boolean neverRan() {
        return domain.filter(one -> one.state() == State.PAUSED && one.cpuTime().isZero())
                .isPresent();
    }

    boolean defined() {
        return known.filter(Guest::persistent).isPresent();
    }
}
