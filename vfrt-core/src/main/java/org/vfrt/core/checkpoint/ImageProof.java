package org.vfrt.core.checkpoint;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.LongSupplier;
import org.vfrt.core.image.StreamCheck;
import org.vfrt.core.image.StreamLimits;
import org.vfrt.core.image.StreamVisitor;

/** Proves that an image is complete, whatever its format. */
final class ImageProof {

    private static final byte[] TEST_MAGIC = "TestGuestMagic".getBytes(StandardCharsets.US_ASCII);

    /** The test driver refuses to restore more than 8192 bytes of XML; nothing else is in the file. */
    private static final int TEST_BYTES_MAX = 64 << 10;

    private ImageProof() {}

    /**
     * Reads an image to its structural end.
     *
     * @param kept is told of all that was found right
     * @return its length in bytes
     * @throws org.vfrt.core.image.MalformedImage when it is cut short or not an image
     * @throws DamagedImage when it is not what its format says
     */
    static long of(ImageFormat format, InputStream image, long memoryBytes, Rounds rounds, Kept kept)
            throws IOException {
        return switch (format) {
            case LIBXL ->
                new StreamCheck(StreamLimits.forGuest(memoryBytes), rounds)
                        .read(image, kept.stream())
                        .bytes();
            case LIBVIRT_TEST -> test(image, kept);
        };
    }

    /** Takes an image in. */
    interface Kept {

        /** Keeps nothing. */
        Kept NOT = new Kept() {
            @Override
            public StreamVisitor stream() {
                return new StreamVisitor() {};
            }

            @Override
            public void opaque(byte[] image) {}
        };

        StreamVisitor stream();

        void opaque(byte[] image) throws IOException;
    }

    private static long test(InputStream image, Kept kept) throws IOException {
        byte[] all = image.readNBytes(TEST_BYTES_MAX);
        if (!Arrays.equals(Arrays.copyOf(all, TEST_MAGIC.length), TEST_MAGIC) || image.read() >= 0) {
            throw new DamagedImage("it is not a save file of libvirt's test driver");
        }
        kept.opaque(all);
        return all.length;
    }

    /** Notes when the last copy round of a live image began to arrive. */
    static final class Rounds implements StreamCheck.Watcher {

        private final LongSupplier arrivalNanos;
        private long recordNanos;
        private long lastRoundNanos;

        Rounds(LongSupplier arrivalNanos) {
            this.arrivalNanos = arrivalNanos;
        }

        static Rounds ignored() {
            return new Rounds(() -> 0);
        }

        @Override
        public void recordBegins(long byteOffset) {
            recordNanos = arrivalNanos.getAsLong();
        }

        @Override
        public void roundBegan(int round, long byteOffset) {
            lastRoundNanos = recordNanos;
        }

        /** Returns when the last byte before the last round arrived; 0 when there are no rounds. */
        long lastRoundNanos() {
            return lastRoundNanos;
        }
    }
}
