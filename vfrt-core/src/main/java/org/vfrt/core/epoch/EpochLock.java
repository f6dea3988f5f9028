package org.vfrt.core.epoch;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.vfrt.core.durable.DurableFiles;

/** Keeps a guest's epochs to one who writes or reads them, among the processes of one machine. The system gives it back when its holder dies. */
final class EpochLock implements Closeable {

    /** Java does not let two threads of one process ask for the same file, and the system gives a lock back when any of them closes it. */
    private static final Set<Path> HERE = ConcurrentHashMap.newKeySet();

    private static final String NAME = "lock";

    private final Path guest;
    private final Path file;
    private final FileChannel channel;

    private EpochLock(Path guest, Path file, FileChannel channel) {
        this.guest = guest;
        this.file = file;
        this.channel = channel;
    }

    /** Takes it; empty when somebody else has it. */
    static Optional<EpochLock> attempt(Path guest) throws IOException {
        return attempt(guest, NAME);
    }

    /** Takes another lock beside it. */
    static Optional<EpochLock> attempt(Path guest, String name) throws IOException {
        Path file = file(guest, name);
        if (!HERE.add(file)) {
            return Optional.empty();
        }
        FileChannel channel = null;
        boolean taken = false;
        try {
            channel = DurableFiles.openOrCreate(file);
            taken = channel.tryLock() != null;
            return taken ? Optional.of(new EpochLock(guest, file, channel)) : Optional.empty();
        } finally {
            if (!taken) {
                if (channel != null) {
                    channel.close();
                }
                HERE.remove(file);
            }
        }
    }

    /** Returns whether somebody has it. */
    static boolean isHeld(Path guest) throws IOException {
        return isHeld(guest, NAME);
    }

    static boolean isHeld(Path guest, String name) throws IOException {
        if (!Files.exists(file(guest, name))) {
            return false;
        }
        Optional<EpochLock> lock = attempt(guest, name);
        if (lock.isPresent()) {
            lock.get().close();
        }
        return lock.isEmpty();
    }

    /** Returns the directory that it is about. */
    Path guest() {
        return guest;
    }

    private static Path file(Path guest, String name) {
        return guest.toAbsolutePath().normalize().resolve(name);
    }

    @Override
    public void close() throws IOException {
        try {
            channel.close();
        } finally {
            HERE.remove(file);
        }
    }
}
