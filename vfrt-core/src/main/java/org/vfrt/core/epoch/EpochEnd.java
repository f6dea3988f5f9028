package org.vfrt.core.epoch;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import org.vfrt.core.durable.DurableFiles;

/** The note of why the last stream of a guest ended. For people: nothing depends on it. */
final class EpochEnd {

    private static final int BYTES_MAX = 64 << 10;

    private EpochEnd() {}

    static void note(Path guest, Instant when, String why) throws IOException {
        DurableFiles.replace(file(guest), (when + " " + why + "\n").getBytes(StandardCharsets.UTF_8));
    }

    static void forget(Path guest) throws IOException {
        DurableFiles.remove(file(guest));
    }

    /** Returns when and why it ended; empty when it has not, or nobody was left to say so. */
    static Optional<String> read(Path guest) throws IOException {
        try {
            return Optional.of(new String(DurableFiles.read(file(guest), BYTES_MAX), StandardCharsets.UTF_8).strip());
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    private static Path file(Path guest) {
        return guest.resolve("ended");
    }
}
