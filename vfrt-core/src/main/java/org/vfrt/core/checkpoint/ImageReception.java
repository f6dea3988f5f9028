package org.vfrt.core.checkpoint;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
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
        try (OutputStream kept = incoming.image()) {
            ImageProof.Rounds rounds = new ImageProof.Rounds(image::arrivalNanos);
            long bytes =
                    ImageProof.of(arriving, new KeptInputStream(image.bytes(), kept), definition.memoryBytes(), rounds);
            return new Received(bytes, rounds.lastRoundNanos());
        } catch (NotKept e) {
            throw new Failed(
                    "store-full",
                    "the image of guest '" + definition.name() + "' could not be written: " + e.getMessage()
                            + "; the checkpoint was dropped",
                    "Make room in the store, then try again.",
                    e);
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

    /** Writing failed, as told apart from reading. */
    private static final class NotKept extends IOException {
        private static final long serialVersionUID = 1L;

        NotKept(IOException cause) {
            super(cause.getMessage(), cause);
        }
    }

    /** Hands out bytes only after they were written to the store. */
    private static final class KeptInputStream extends FilterInputStream {
        private final OutputStream kept;

        KeptInputStream(InputStream in, OutputStream kept) {
            super(in);
            this.kept = kept;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            int count = super.read(buffer, offset, length);
            if (count > 0) {
                try {
                    kept.write(buffer, offset, count);
                } catch (IOException e) {
                    throw new NotKept(e);
                }
            }
            return count;
        }

        @Override
        public boolean markSupported() {
            return false;
        }
    }
}
