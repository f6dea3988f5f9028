package org.vfrt.core.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.vfrt.core.durable.DurableFiles;
import org.vfrt.core.failure.Busy;

/**
 * Hands out guest locks; one holder a guest on this machine. A lock is an operating system's file lock on
 * {@code locks/UUID.lock} in the state directory, so it ends with its process however that dies. Safe for several threads,
 * which exclude one another like processes do.
 *
 * <p>The files stay when a lock is given back: removing one could take it from under a process that has just opened it.
 */
public final class GuestLocks {

    /** The code of {@link Busy} when somebody else has the lock. */
    public static final String BUSY = "guest-busy";

    private static final Duration POLL = Duration.ofMillis(100);
    private static final int HOLDER_BYTES_MAX = 4096;

    /**
     * What this process holds, by lock file. It is static because POSIX file locks belong to the process: closing any channel on
     * a file drops the process's lock on it, whoever took it. So a file that this process holds must never be opened again.
     */
    private static final ConcurrentMap<Path, Holder> HELD_BY_THIS_PROCESS = new ConcurrentHashMap<>();

    private final Path stateDirectory;
    private final Clock clock;
    private final Sleeper sleeper;

    /**
     * @param stateDirectory where vfrt keeps its state; made when the first lock is taken
     * @param clock tells since when a lock is held, and in which time zone to say it
     */
    public GuestLocks(Path stateDirectory, Clock clock) {
        this(stateDirectory, clock, time -> Thread.sleep(time.toMillis()));
    }

    GuestLocks(Path stateDirectory, Clock clock, Sleeper sleeper) {
        this.stateDirectory = stateDirectory;
        this.clock = clock;
        this.sleeper = sleeper;
    }

    /**
     * Takes the guest's lock.
     *
     * @param operation what for, as a person would type it, for example {@code checkpoint create}
     * @param wait how long to wait for another holder; zero not to wait
     * @throws Busy when another holder keeps it; the message names the operation and process
     * @throws org.vfrt.core.failure.Failed when the state directory cannot be used
     */
    public GuestLock take(UUID guest, String guestName, String operation, Duration wait) {
        // The time waited is the sum of the sleeps, so that a clock set back cannot make this wait for ever.
        Duration waited = Duration.ZERO;
        while (true) {
            Attempt attempt = attempt(guest, operation);
            if (attempt.lock().isPresent()) {
                return attempt.lock().get();
            }
            Duration left = wait.minus(waited);
            if (left.isNegative() || left.isZero()) {
                throw busy(guestName, attempt.holder(), null);
            }
            Duration pause = left.compareTo(POLL) < 0 ? left : POLL;
            try {
                sleeper.sleep(pause);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw busy(guestName, attempt.holder(), e);
            }
            waited = waited.plus(pause);
        }
    }

    /** Takes the guest's lock if nobody has it. */
    Attempt attempt(UUID guest, String operation) {
        StateTrouble.refuseOpenToOthers(stateDirectory);
        Holder self = new Holder(operation, ProcessHandle.current().pid(), clock.instant());
        try {
            Path directory = stateDirectory.resolve("locks");
            DurableFiles.createDirectories(directory);
            Path file = directory.toRealPath().resolve(guest + ".lock");
            Holder here = HELD_BY_THIS_PROCESS.putIfAbsent(file, self);
            if (here != null) {
                return new Attempt(Optional.empty(), Optional.of(here));
            }
            boolean taken = false;
            try {
                Attempt attempt = lock(guest, file, self);
                taken = attempt.lock().isPresent();
                return attempt;
            } finally {
                if (!taken) {
                    HELD_BY_THIS_PROCESS.remove(file, self);
                }
            }
        } catch (IOException e) {
            throw StateTrouble.of(stateDirectory, e);
        }
    }

    private static Attempt lock(UUID guest, Path file, Holder self) throws IOException {
        FileChannel channel = DurableFiles.openOrCreate(file);
        FileLock lock = null;
        try {
            lock = channel.tryLock();
            if (lock == null) {
                return new Attempt(Optional.empty(), holderIn(channel));
            }
            channel.truncate(0);
            DurableFiles.writeAll(channel, self.json());
            return new Attempt(Optional.of(new Held(guest, file, self, channel)), Optional.empty());
        } catch (IOException e) {
            lock = null;
            throw e;
        } finally {
            if (lock == null) {
                channel.close();
            }
        }
    }

    private static Optional<Holder> holderIn(FileChannel channel) throws IOException {
        ByteBuffer content = ByteBuffer.allocate(HOLDER_BYTES_MAX);
        while (content.hasRemaining() && channel.read(content) >= 0) {
            // read on until the end or the bound
        }
        return Holder.parse(Arrays.copyOf(content.array(), content.position()));
    }

    private Busy busy(String guestName, Optional<Holder> holder, @Nullable Throwable cause) {
        return new Busy(
                BUSY,
                "guest '" + guestName + "' is held by "
                        + holder.map(known -> known.describe(clock)).orElse("another operation"),
                "Wait for it with '--lock-wait 5m', or look at it with 'vfrt guest show " + guestName + "'.",
                cause);
    }

    /** Either the lock, or who has it as far as can be told. */
    record Attempt(Optional<GuestLock> lock, Optional<Holder> holder) {}

    /** Passes time. */
    @FunctionalInterface
    interface Sleeper {
        void sleep(Duration time) throws InterruptedException;
    }

    private static final class Held implements GuestLock {

        private final UUID guest;
        private final Path file;
        private final Holder self;
        private final FileChannel channel;
        private final AtomicBoolean closed = new AtomicBoolean();

        Held(UUID guest, Path file, Holder self, FileChannel channel) {
            this.guest = guest;
            this.file = file;
            this.self = self;
            this.channel = channel;
        }

        @Override
        public UUID guest() {
            return guest;
        }

        @Override
        public void close() {
            if (!closed.compareAndSet(false, true)) {
                return;
            }
            try {
                channel.close();
            } catch (IOException e) {
                // The system has let go of the descriptor, and with it of the lock, even when close reports an error.
            } finally {
                HELD_BY_THIS_PROCESS.remove(file, self);
            }
        }
    }
}
