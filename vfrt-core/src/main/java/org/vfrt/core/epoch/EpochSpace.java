package org.vfrt.core.epoch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.text.Amounts;

/** What the epochs of a guest take, where they are kept. */
public final class EpochSpace {

    /** Its memory once; once more while a stream begins and the last epoch of the one before is what counts; and the log of what changed last, which may be all of it. */
    private static final int MEMORIES = 3;

    private EpochSpace() {}

    /**
     * Returns why a stream cannot begin there; empty when there is room for it.
     *
     * @param guest the guest's directory, which may be missing
     * @param memoryBytes the most memory that the guest can have
     */
    public static Optional<Reason> obstacle(Path guest, long memoryBytes) {
        long free;
        int memories;
        try {
            free = Files.getFileStore(nearest(guest)).getUsableSpace();
            memories = EpochStreams.newest(guest).isPresent() ? MEMORIES - 1 : MEMORIES;
        } catch (IOException e) {
            return Optional.of(new Reason(
                    "epochs-unreadable",
                    "the space where epochs are kept, '" + guest + "', cannot be asked for: " + e.getMessage(),
                    "See who the directory belongs to, and what it is on."));
        }
        long needed = memories * memoryBytes;
        return free >= needed
                ? Optional.empty()
                : Optional.of(
                        new Reason(
                                "epochs-no-space",
                                "epochs are kept in '" + guest + "', where " + Amounts.bytes(free)
                                        + " are free, and they may take " + Amounts.bytes(needed)
                                        + " more: " + memories + " times the guest's memory",
                                "Make room there, or keep them elsewhere, with 'epochs' under 'standby' in the configuration."));
    }

    private static Path nearest(Path guest) {
        Path at = guest.toAbsolutePath();
        for (Path above = at.getParent(); above != null && !Files.exists(at); above = above.getParent()) {
            at = above;
        }
        return at;
    }
}
