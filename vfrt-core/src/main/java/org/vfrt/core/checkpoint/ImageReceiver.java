package org.vfrt.core.checkpoint;

/** Takes in one image while it arrives. */
public interface ImageReceiver {

    /**
     * Reads the image to its structural end, checks it and keeps it. Runs in a thread of the capture's choice.
     *
     * @return what was received
     * @throws org.vfrt.core.failure.Failure when the image is cut short, malformed, larger than a guest of this size can be, or
     *     cannot be kept. The capture then lets the rest of the stream run into the void, so that the guest is not hurt.
     */
    Received receive(ImageFormat format, ArrivingImage image);

    /**
     * @param imageBytes the length of the image
     * @param lastRoundNanos {@link System#nanoTime} of the arrival of the last byte <em>before</em> the last copy round: the
     *     guest was still running then or a moment later. 0 when the image has no rounds.
     */
    record Received(long imageBytes, long lastRoundNanos) {}
}
