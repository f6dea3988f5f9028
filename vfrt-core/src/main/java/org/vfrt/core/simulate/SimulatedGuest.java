package org.vfrt.core.simulate;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/** A guest as it really is. */
final class SimulatedGuest {

    /** Where its disks are. */
    enum Disks {
        /** All hosts see them. */
        SHARED,
        /** On the host that it ran on, and elsewhere with its copy. */
        COPIED
    }

    final String name;
    final UUID uuid;
    int memoryMib;
    Disks disks = Disks.SHARED;
    Duration capture = Duration.ofSeconds(5);
    Duration start = Duration.ofSeconds(10);
    Duration healthy = Duration.ofSeconds(2);
    /** Whether its health check never passes. */
    boolean ill;
    /** Whether somebody shut it down, and it is not to run. */
    boolean shutDown;
    /** The newest complete copy, and beside which host it is. */
    Optional<Instant> copied = Optional.empty();

    String copyHost = "";
    /** Where its disks are, if they are on one host. */
    String diskHost = "";
    /** When it ran last. */
    long runsSince;

    SimulatedGuest(String name, UUID uuid) {
        this.name = name;
        this.uuid = uuid;
    }
}
