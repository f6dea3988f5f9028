package org.vfrt.core.standby;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Reason;

/** Keeps guests' copies on their standby hosts. Safe for several threads. */
public interface StandbyCaptures {

    /** Returns all that is in the way of keeping a guest so, as far as its tier asks for more than a host that is set up; empty when nothing is. Changes nothing. */
    default List<Reason> obstacles(Protection protection, String from) {
        return List.of();
    }

    /**
     * Begins to capture a guest, and returns at once: one checkpoint for {@link Tier#WARM}, a stream that goes on for the others.
     *
     * @param from where it runs
     * @param to beside which host the copy is kept
     * @throws Failure when it cannot begin; the guest runs on
     */
    Feed begin(Protection protection, String from, String to);

    /** Returns the newest copy of which a guest could be brought back, complete and verified. */
    Optional<Copy> newest(Protection protection);

    /** Returns whether what is paused on a host under the guest's UUID is its copy, which cannot run before it is activated ({@link Tier#INSTANT}). */
    boolean holds(Protection protection, String host);

    /**
     * Captures a guest for the last time: when it returns, the copy is complete and the guest is gone from its host. May be asked again after it was broken off.
     *
     * @param epoch the one that the claim has next. A host that has seen a later one refuses: whoever asks comes too late
     * @throws Failure when there is no copy; whether the guest runs is asked of its host
     */
    void handOver(Protection protection, String from, String to, long epoch);

    /** Removes copies that belong to no checkpoint, of all guests but these. What somebody uses stays. */
    default void retain(Set<UUID> guests) {}

    /** A capture that goes on. For one thread. */
    interface Feed {

        /** Looks how far it is. Does not wait. */
        Progress look();

        /** Ends it. What is complete stays. A stream need not be over when this returns. Idempotent. */
        void stop();

        /** The same when the host that the guest ran on is known to be dead, or to have let go of it: it is not asked. */
        default void abandon() {
            stop();
        }

        /** Waits until what was stopped leaves its guest alone, at most so long. */
        default void awaitEnd(Duration most) {}
    }

    /**
     * How far a capture is.
     *
     * @param running whether it goes on
     * @param complete the instant that the newest complete copy shows
     * @param failure why it ended, if not well
     */
    record Progress(boolean running, Optional<Instant> complete, Optional<Failure> failure) {}

    /**
     * A copy.
     *
     * @param instant that it shows
     * @param host beside which it is kept
     */
    record Copy(Instant instant, String host) {}
}
