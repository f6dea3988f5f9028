package org.vfrt.core.checkpoint;

import java.util.List;
import java.util.OptionalLong;
import java.util.UUID;
import org.vfrt.core.pool.Definition;

/**
 * How much a guest's next checkpoint may take in the store.
 *
 * @param bytes rather too many
 * @param basis what it was worked out from, for people
 */
record SpacePrediction(long bytes, String basis) {

    private static final int LAST = 3;

    /** The test driver's guests have no memory, however much they claim; their image is some kilobytes. */
    private static final long TEST_BYTES = 1L << 20;

    /** What a checkpoint takes when nothing changed, and some more. */
    private static final long LEAST_BYTES = 16L << 20;

    /** Ids, lists and maps come to 1 % of the pages; guests that encrypt their memory leave nothing to compress. */
    private static final int AROUND_PAGES_SHARE = 32;

    /**
     * A guest may write twice as much as it used to, for example on the night of its backup. And until the capture ends there is also what
     * it wrote again meanwhile.
     */
    private static final int MARGIN = 3;

    static SpacePrediction of(CheckpointStore store, List<Manifest> before, UUID guest, Definition definition) {
        if (definition.kind() == Definition.Kind.TEST) {
            return new SpacePrediction(TEST_BYTES, "a guest without memory");
        }
        long whole = definition.memoryBytes() + definition.memoryBytes() / AROUND_PAGES_SHARE + LEAST_BYTES;
        List<Manifest> newestFirst = before.stream()
                .filter(manifest -> manifest.guestUuid().equals(guest))
                .sorted(FindCheckpoint.OLDEST_FIRST.reversed())
                .toList();
        // The oldest holds what all the others share; it tells something only as long as there is no other.
        long[] added = newestFirst.stream()
                .limit(Math.max(1, Math.min(LAST, newestFirst.size() - 1)))
                .map(manifest -> store.addedBytes(manifest.id()))
                .flatMapToLong(OptionalLong::stream)
                .toArray();
        long most = 0;
        for (long one : added) {
            most = Math.max(most, one);
        }
        if (added.length == 0) {
            String why =
                    newestFirst.isEmpty() ? "a first checkpoint" : "nothing is known of those before, or built on them";
            return new SpacePrediction(whole, why + ": all of the guest's memory");
        }
        long learned = MARGIN * most + LEAST_BYTES;
        return learned < whole
                ? new SpacePrediction(
                        learned, MARGIN + " times what the guest's last " + added.length + " took at most")
                : new SpacePrediction(whole, "all of the guest's memory");
    }
}
