package org.vfrt.core.epoch;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.vfrt.core.durable.DurableFiles;

/**
 * The directories of a guest's streams, by number. Each stream begins with all of the guest's memory, so it gets a directory of its own, and the
 * one before stays until the new one has an epoch that is complete.
 */
final class EpochStreams {

    private static final String NUMBER = "[0-9]{8}";

    private EpochStreams() {}

    /** A directory whose head says that an epoch is complete. */
    record Complete(Path directory, EpochHead head) {}

    /** Returns the newest stream that has a complete epoch. */
    static Optional<Complete> newest(Path guest) throws IOException {
        List<Path> streams = all(guest);
        for (int i = streams.size() - 1; i >= 0; i--) {
            Optional<EpochHead> head = head(streams.get(i));
            if (head.isPresent()) {
                return Optional.of(new Complete(streams.get(i), head.get()));
            }
        }
        return Optional.empty();
    }

    /** Makes the directory of another stream, and removes those that nobody needs. */
    static Path next(Path guest) throws IOException {
        removeAllBut(guest, newest(guest).map(Complete::directory));
        List<Path> left = all(guest);
        int last = left.isEmpty() ? 0 : Integer.parseInt(name(left.get(left.size() - 1)));
        Path next = guest.resolve(String.format(Locale.ROOT, "%08d", last + 1));
        DurableFiles.createDirectory(next);
        return next;
    }

    static void removeAllBut(Path guest, Optional<Path> kept) throws IOException {
        for (Path stream : all(guest)) {
            if (!kept.filter(stream::equals).isPresent()) {
                // first, so that what is half removed does not count
                DurableFiles.remove(EpochFiles.head(stream));
                DurableFiles.removeTree(stream);
            }
        }
    }

    private static Optional<EpochHead> head(Path stream) throws IOException {
        try (FileChannel file = DurableFiles.open(EpochFiles.head(stream))) {
            return EpochHead.read(file);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    private static List<Path> all(Path guest) throws IOException {
        return DurableFiles.list(guest).stream()
                .filter(path -> name(path).matches(NUMBER))
                .toList();
    }

    private static String name(Path path) {
        return String.valueOf(path.getFileName());
    }
}
