package org.vfrt.xen.endpoint;

import java.net.InetAddress;
import java.time.Duration;
import java.util.Optional;

/**
 * How a receiver waits for its one connection.
 *
 * @param bindAddress the address to listen on; loopback unless the source connects without a tunnel
 * @param port 0 for any free one
 * @param peer the only address that may connect; empty for any
 * @param bufferBytes memory for a store that lags behind, 64 KiB to 1 GiB
 * @param acceptDeadline how long the source may take to connect
 * @param idleDeadline after so long without a byte the source is taken for dead and the process ends
 * @param stallDeadline when the store takes nothing for so long, the image is given up so that the guest can go on
 */
public record ReceiverSettings(
        InetAddress bindAddress,
        int port,
        Optional<InetAddress> peer,
        int bufferBytes,
        Duration acceptDeadline,
        Duration idleDeadline,
        Duration stallDeadline) {

    private static final int BUFFER_BYTES_MIN = 64 << 10;
    private static final int BUFFER_BYTES_MAX = 1 << 30;

    public ReceiverSettings {
        if (bufferBytes < BUFFER_BYTES_MIN || bufferBytes > BUFFER_BYTES_MAX) {
            throw new IllegalArgumentException("bufferBytes " + bufferBytes);
        }
    }

    /** Any port of the loopback address, for a stream that comes through a tunnel. */
    public static ReceiverSettings loopback() {
        return new ReceiverSettings(
                InetAddress.getLoopbackAddress(),
                0,
                Optional.empty(),
                32 << 20,
                Duration.ofMinutes(5),
                Duration.ofMinutes(15),
                Duration.ofMinutes(2));
    }

    /** The same, listening elsewhere, for a source that connects without a tunnel. */
    public ReceiverSettings on(InetAddress address, int boundPort, Optional<InetAddress> allowedPeer) {
        return new ReceiverSettings(
                address, boundPort, allowedPeer, bufferBytes, acceptDeadline, idleDeadline, stallDeadline);
    }
}
