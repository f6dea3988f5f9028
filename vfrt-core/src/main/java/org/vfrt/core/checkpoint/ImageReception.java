package org.vfrt.core.checkpoint;

import java.io.IOException;
import org.vfrt.core.failure.Damaged;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.image.MalformedImage;
import org.vfrt.core.pool.Definition;

/** Checks an image while it arrives, and writes every byte of it into the store. */
final class ImageReception implements ImageReceiver {

    private final Incoming incoming;
    private final Definition definition;
    private volatile ImageFormat format = ImageFormat.LIBXL;

    ImageReception(Incoming incoming, Definition definition) {
        this.incoming = incoming;
        this.definition = definition;
    }

    /** Returns what the received bytes were. */
    ImageFormat format() {
        return format;
    }

    @Override
    public Received receive(ImageFormat arriving, ArrivingImage image) {
        format = arriving;
        try {
            ImageProof.Rounds rounds = new ImageProof.Rounds(image::arrivalNanos);
            long bytes =
                    ImageProof.of(arriving, image.bytes(), definition.memoryBytes(), rounds, new KeptImage(incoming));
            return new Received(bytes, rounds.lastRoundNanos());
        } catch (NotKept e) {
            throw e.failure()
                    .orElseGet(() -> new Failed(
                            "store-full",
                            "the image of guest '" + definition.name() + "' could not be written: " + e.getMessage()
                                    + "; the checkpoint was dropped",
                            "Make room in the store, then try again.",
                            e));
        } catch (MalformedImage | DamagedImage e) {
            throw new Damaged(
                    "image-malformed",
                    "what the host sent of guest '" + definition.name() + "' is not a complete image: " + e.getMessage()
                            + "; it was dropped",
                    "Try again; when it repeats, run with '-v' and report it.",
                    e);
        } catch (IOException e) {
            throw new Failed(
                    "image-cut-short",
                    "the image of guest '" + definition.name() + "' did not arrive: " + e.getMessage()
                            + "; it was dropped",
                    "Look at the host's libvirtd log, then try again.",
                    e);
        }
    }
}
