package org.vfrt.core.standby;

import java.time.Instant;
import java.util.Optional;
import org.vfrt.core.failure.Failure;

/** Keeps guests' copies on their standby hosts. Safe for several threads. */
public interface StandbyCaptures {

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

    /** A capture that goes on. For one thread. */
    interface Feed {

        /** Looks how far it is. Does not wait. */
        Progress look();

        /** Ends it. What is complete stays. Idempotent. */
        void stop();
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
