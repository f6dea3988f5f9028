package org.vfrt.core.epoch;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.vfrt.core.failure.Busy;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.process.Ticker;

/**
 * Asks whoever receives a guest's epochs, in this process or in another one of this machine, to let go of them at once, for as long as it is open: the guest is about to be started from them. It ends with the process
 * that asks, however that dies.
 */
public final class EpochRecall implements Closeable {

    private static final String NAME = "recall";
    /** Whoever looks whether somebody recalls has it for a moment himself. */
    private static final Duration LOOKED_AT = Duration.ofSeconds(5);

    private static final Duration POLL = Duration.ofMillis(50);

    private final EpochLock lock;

    private EpochRecall(EpochLock lock) {
        this.lock = lock;
    }

    /**
     * Begins to ask.
     *
     * @param guest the guest's directory, which is there
     * @throws Busy when somebody else recalls them already
     */
    public static EpochRecall begin(Path guest, Ticker ticker) {
        Duration end = ticker.elapsed().plus(LOOKED_AT);
        try {
            while (true) {
                Optional<EpochLock> lock = EpochLock.attempt(guest, NAME);
                if (lock.isPresent()) {
                    return new EpochRecall(lock.get());
                }
                if (ticker.elapsed().compareTo(end) >= 0) {
                    throw new Busy(
                            "epochs-recalled",
                            "somebody else starts the guest whose epochs are in '" + guest + "'",
                            "See 'vfrt standby status'.");
                }
                ticker.sleep(POLL);
            }
        } catch (IOException e) {
            throw unreadable(guest, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Busy("interrupted", "waiting for the epochs in '" + guest + "' was interrupted", "", e);
        }
    }

    /** Returns whether somebody asks. */
    public static boolean goesOn(Path guest) {
        if (!Files.isDirectory(guest)) {
            return false;
        }
        try {
            return EpochLock.isHeld(guest, NAME);
        } catch (IOException e) {
            throw unreadable(guest, e);
        }
    }

    /** Returns the directory that it is about. */
    public Path guest() {
        return lock.guest();
    }

    private static Failed unreadable(Path guest, IOException cause) {
        return new Failed(
                "epochs-unreadable",
                "the epochs in '" + guest + "' cannot be read: " + cause.getMessage(),
                "See who the directory belongs to, and what it is on.",
                cause);
    }

    @Override
    public void close() {
        try {
            lock.close();
        } catch (IOException e) {
            // The system has let go of it even so.
        }
    }
}
