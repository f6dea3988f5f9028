package org.vfrt.core.placement;

import java.time.Duration;

/**
 * How a live migration will go, from what is known of the guest and the link: rounds of copying, each sends what was written during the one before,
 * until little is left or five rounds are over (Xen 4.17 {@code tools/libs/guest/xg_sr_save.c}, SPP_MAX_ITERATIONS and
 * SPP_TARGET_DIRTY_COUNT); then the guest stands still for the rest.
 *
 * @param duration from the first byte until the guest runs on the other side
 * @param pause how long it stands still
 * @param dirtyShare how fast the guest writes to its memory, as a share of how fast it is sent; near 1 the copying gains nothing
 */
public record Precopy(Duration duration, Duration pause, double dirtyShare) {

    private static final int ROUNDS_MAX = 5;
    private static final long TARGET_BYTES = 50 * 4096L;

    /** Above it a move that nobody asked for is not made. */
    public static final double DIRTY_SHARE_MAX = 0.9;

    /**
     * Predicts.
     *
     * @param memoryBytes all that is sent in the first round
     * @param dirtyBytesPerSecond zero when not known
     * @param workingSetBytes what the guest writes to again and again; no round sends more than it after the first
     * @param bytesPerSecond of the link, more than zero
     * @param resume what starting and stopping take besides
     */
    public static Precopy predict(
            long memoryBytes,
            double dirtyBytesPerSecond,
            long workingSetBytes,
            double bytesPerSecond,
            Duration resume) {
        double round = memoryBytes;
        double sent = memoryBytes;
        int rounds = 1;
        for (; rounds < ROUNDS_MAX && round > TARGET_BYTES; rounds++) {
            round = Math.min((double) workingSetBytes, dirtyBytesPerSecond * round / bytesPerSecond);
            sent += round;
        }
        double last = Math.min((double) workingSetBytes, dirtyBytesPerSecond * round / bytesPerSecond);
        return new Precopy(
                seconds((sent + last) / bytesPerSecond).plus(resume),
                seconds(last / bytesPerSecond).plus(resume),
                dirtyBytesPerSecond / bytesPerSecond);
    }

    /** Returns whether copying gets ahead of the guest's writing. */
    public boolean converges() {
        return dirtyShare < DIRTY_SHARE_MAX;
    }

    private static Duration seconds(double seconds) {
        return Duration.ofNanos((long) (seconds * 1e9));
    }
}
