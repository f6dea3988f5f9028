package org.vfrt.core.epoch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.vfrt.core.failure.Busy;
import org.vfrt.core.failure.Failed;

/** Removes the epochs of a guest that is not kept ready by them any more. */
public final class RemoveEpochs {

    private final Path guest;

    /** @param guest the guest's directory */
    public RemoveEpochs(Path guest) {
        this.guest = guest;
    }

    /**
     * Removes them. The directory itself and its locks stay: somebody may wait for them.
     *
     * @throws Busy when they are being received or read
     * @throws Failed when they cannot be removed
     */
    public void run() {
        if (!Files.isDirectory(guest)) {
            return;
        }
        try (EpochLock lock = EpochLock.attempt(guest).orElseThrow(() -> ReceiveEpochs.busy(guest))) {
            EpochStreams.removeAllBut(lock.guest(), Optional.empty());
            EpochEnd.forget(lock.guest());
        } catch (IOException e) {
            throw new Failed(
                    "epochs-not-removed",
                    "the epochs in '" + guest + "' cannot be removed: " + e.getMessage(),
                    "See who the directory belongs to, and what it is on.",
                    e);
        }
    }
}
