package org.vfrt.core.epoch;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import org.vfrt.core.durable.DurableFiles;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Busy;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.image.ImageSource;
import org.vfrt.core.image.MalformedImage;
import org.vfrt.core.image.StreamCheck;
import org.vfrt.core.image.StreamLimits;

/**
 * Keeps the last complete epoch of a guest whose checkpointed stream arrives, in a directory of its own. What was kept before stays until the first epoch of this stream is complete.
 * Whatever ends it, at whatever instant, {@link EpochImage#open} finds a complete epoch afterwards if there ever was one. For any number of threads, one directory each.
 */
public final class ReceiveEpochs {

    private final Path guest;
    private final Clock clock;

    /** @param guest the directory: made when it is missing, and only its owner can enter it */
    public ReceiveEpochs(Path guest, Clock clock) {
        this.guest = guest;
        this.clock = clock;
    }

    /**
     * Whose stream it is.
     *
     * @param definition the domain XML to start it under
     * @param memoryBytes the most memory that the guest can have
     * @param interval between two epochs, as the sender was told
     */
    public record Origin(String definition, long memoryBytes, Duration interval) {}

    /**
     * How it ended; it always does.
     *
     * @param last the last epoch of this stream that was complete
     * @param why a sentence without a full stop
     */
    public record Ended(Optional<Epoch> last, String why) {}

    /**
     * Receives a stream until it ends or breaks.
     *
     * @param stream from its first byte, with or without xl's head in front of it; whoever closes it ends this
     * @param heard is told of each epoch when it is kept, in this thread
     * @throws Busy when somebody else receives or reads there
     * @throws Failed when the directory does not take what arrives; the last epoch that was complete is still there
     */
    public Ended run(InputStream stream, Origin origin, Consumer<Epoch> heard) {
        refuseOpenToOthers();
        try {
            DurableFiles.createDirectories(guest);
        } catch (IOException e) {
            throw notKept(e);
        }
        try (EpochLock lock = EpochLock.attempt(guest).orElseThrow(() -> busy(guest))) {
            EpochEnd.forget(lock.guest());
            Ended ended = receive(stream, origin, heard);
            EpochEnd.note(lock.guest(), clock.instant(), ended.why());
            return ended;
        } catch (IOException e) {
            throw notKept(e);
        }
    }

    private Ended receive(InputStream stream, Origin origin, Consumer<Epoch> heard) throws IOException {
        try (EpochWriter writer = new EpochWriter(guest, origin, clock, heard)) {
            String why = "the stream ended";
            try {
                StreamCheck check =
                        new StreamCheck(StreamLimits.forGuest(origin.memoryBytes()), new StreamCheck.Watcher() {
                            @Override
                            public void roundBegan(int round, long byteOffset) {
                                writer.roundBegan();
                            }
                        });
                check.readCheckpointed(ImageSource.open(new Arriving(stream)).stream(), writer);
            } catch (MalformedImage | Broken e) {
                why = "the stream broke: " + e.getMessage();
            }
            return new Ended(writer.last(), why);
        }
    }

    private void refuseOpenToOthers() {
        try {
            if (DurableFiles.isOpenToOthers(guest)) {
                throw new BadInput(
                        "epochs-open",
                        "every user of this machine can write to '" + guest + "'",
                        "Name a directory that belongs to you alone: what is in it decides what runs.");
            }
        } catch (IOException e) {
            throw notKept(e);
        }
    }

    static Busy busy(Path guest) {
        return new Busy(
                "epochs-in-use",
                "the epochs in '" + guest + "' are being received or read",
                "End the 'vfrt standby receive' that is at work, and try again.");
    }

    private Failed notKept(IOException cause) {
        return new Failed(
                "epochs-not-kept",
                "what arrives of the guest cannot be kept in '" + guest + "': " + cause.getMessage(),
                "Look at the space that is left there. The last complete epoch is still there, and the guest runs on.",
                cause);
    }

    /** Tells trouble with the stream from trouble with what is written. */
    private static final class Arriving extends FilterInputStream {

        Arriving(InputStream stream) {
            super(stream);
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            try {
                return in.read(buffer, offset, length);
            } catch (IOException e) {
                throw new Broken(e);
            }
        }
    }

    /** No more of the stream will come. */
    private static final class Broken extends IOException {
        private static final long serialVersionUID = 1L;

        Broken(IOException cause) {
            super(cause.getMessage(), cause);
        }
    }
}
