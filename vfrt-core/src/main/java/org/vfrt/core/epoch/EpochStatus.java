package org.vfrt.core.epoch;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.vfrt.core.failure.Failed;

/**
 * How far the epochs of a guest are, at any time, also while they are being received.
 *
 * @param last the last complete epoch; empty when there is none
 * @param interval between two epochs, as asked for; zero when there is none
 * @param inUse whether somebody receives or reads them
 * @param ended when and why the last stream ended, for people; empty when it goes on, or its receiver died
 */
public record EpochStatus(Optional<Epoch> last, Duration interval, boolean inUse, Optional<String> ended) {

    /**
     * Looks.
     *
     * @param guest the guest's directory, which may be missing
     * @throws Failed when it cannot be read
     */
    public static EpochStatus of(Path guest) {
        try {
            boolean inUse = EpochLock.isHeld(guest);
            Optional<EpochHead> head = head(guest);
            return new EpochStatus(
                    head.map(EpochHead::epoch),
                    head.map(EpochHead::interval).orElse(Duration.ZERO),
                    inUse,
                    EpochEnd.read(guest));
        } catch (IOException e) {
            throw new Failed(
                    "epochs-unreadable",
                    "the epochs in '" + guest + "' cannot be read: " + e.getMessage(),
                    "See who the directory belongs to, and what it is on.",
                    e);
        }
    }

    /** A stream that begins takes the place of the one before, which may be in the middle of being looked at. */
    private static Optional<EpochHead> head(Path guest) throws IOException {
        try {
            return EpochStreams.newest(guest).map(EpochStreams.Complete::head);
        } catch (NoSuchFileException e) {
            return EpochStreams.newest(guest).map(EpochStreams.Complete::head);
        }
    }

    /** Returns how old the last complete epoch is: what would be lost now. Empty when there is none, or it is from the future, which means that nothing is known. */
    public Optional<Duration> age(Instant now) {
        return last.map(epoch -> Duration.between(epoch.instant(), now)).filter(age -> !age.isNegative());
    }

    /** Returns the same, in epochs as they were asked for. */
    public Optional<Double> ageEpochs(Instant now) {
        return age(now).filter(age -> !interval.isZero()).map(age -> (double) age.toMillis() / interval.toMillis());
    }
}
