package org.vfrt.xen.migrate;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.vfrt.core.image.StreamCheck;
import org.vfrt.core.migrate.Migrated;

/**
 * Notes when each copy round of a live stream begins, and where in it. From that follow the speed of the line, and how fast the guest writes to its
 * memory: what one round sends again was written while the one before it was sent. For one thread.
 */
final class RoundTimes implements StreamCheck.Watcher {

    private final List<Long> offsets = new ArrayList<>();
    private final List<Long> nanos = new ArrayList<>();
    private long recordNanos = System.nanoTime();

    /**
     * What was seen.
     *
     * @param lastRoundNanos {@link System#nanoTime} when the last round began, which is when the guest was suspended, at the latest
     */
    record Seen(Migrated.Transfer transfer, long lastRoundNanos) {}

    @Override
    public void recordBegins(long byteOffset) {
        recordNanos = System.nanoTime();
    }

    @Override
    public void roundBegan(int round, long byteOffset) {
        offsets.add(byteOffset);
        nanos.add(recordNanos);
    }

    /** Returns what was seen of a stream of so many bytes; empty when it had one round only, as of a guest that was stopped for it. */
    Optional<Seen> seen(long bytes) {
        int rounds = offsets.size();
        if (rounds < 2) {
            return Optional.empty();
        }
        long workingSet = 0;
        long dirty = 0;
        for (int round = 1; round < rounds; round++) {
            long sent = (round + 1 < rounds ? offsets.get(round + 1) : bytes) - offsets.get(round);
            workingSet = Math.max(workingSet, sent);
            if (round == 1) {
                dirty = perSecond(sent, nanos.get(1) - nanos.get(0));
            }
        }
        int last = rounds - 1;
        return Optional.of(new Seen(
                new Migrated.Transfer(
                        bytes,
                        bytes - offsets.get(last),
                        perSecond(offsets.get(1) - offsets.get(0), nanos.get(1) - nanos.get(0)),
                        dirty,
                        workingSet),
                nanos.get(last)));
    }

    private static long perSecond(long bytes, long nanos) {
        return Math.round(bytes * 1e9 / Math.max(1, nanos));
    }
}
