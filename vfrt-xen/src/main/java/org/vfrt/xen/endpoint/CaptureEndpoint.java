package org.vfrt.xen.endpoint;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * The store as the destination of a live migration that will be called off at its last step. One endpoint serves one capture.
 *
 * <p>Guarantees: Prepare is never refused, Finish is never answered with success. The guest therefore stays the source's,
 * whatever the owner, the network or a client does. Safe for use by several threads.
 */
public final class CaptureEndpoint implements AutoCloseable {

    private final CaptureRole role;
    private final RpcServer server;

    private CaptureEndpoint(CaptureRole role, RpcServer server) {
        this.role = role;
        this.server = server;
    }

    /**
     * Starts to listen. The port behind {@code dataUri} must be listening <em>before</em>: once the source knows the address it
     * connects at once, and a migration whose data finds no listener fails.
     *
     * @param socket where to make the socket; nothing must be there, and only the owner may enter the directory
     * @param dataUri where the source is to send the stream, {@code tcp://ADDRESS:PORT} as seen from the source host, unless
     *     the migration itself names an address
     * @throws org.vfrt.core.failure.Refused when others can enter the directory
     * @throws org.vfrt.core.failure.Failed when the socket cannot be made
     */
    public static CaptureEndpoint open(Path socket, String dataUri, CaptureListener listener) {
        return open(socket, dataUri, listener, RpcLimits.USUAL);
    }

    static CaptureEndpoint open(Path socket, String dataUri, CaptureListener listener, RpcLimits limits) {
        CaptureRole role = new CaptureRole(dataUri, listener);
        return new CaptureEndpoint(role, RpcServer.open(socket, role, limits));
    }

    /** Returns what the source said at Prepare; empty until then. */
    public Optional<Prepared> prepared() {
        return role.prepared();
    }

    /** Returns how far the last step has come. */
    public FinishState finishState() {
        return role.finishState();
    }

    /**
     * Returns how far the last step has come, once it is no longer held. The source can act on an answer a moment before this
     * side has noted that it was delivered: ask here, not {@link #finishState}, after the migration has returned.
     *
     * @return {@code Held} only when the deadline passed
     * @throws InterruptedException when the thread is interrupted while it waits
     */
    public FinishState awaitAnswered(Duration deadline) throws InterruptedException {
        return role.awaitAnswered(deadline);
    }

    /** Returns whether the connection that prepared the migration has ended. */
    public boolean clientGone() {
        return role.clientGone();
    }

    /**
     * Ends every connection and removes the socket. If Finish is held, its thread is interrupted, the source sees the connection
     * end and resumes the guest.
     */
    @Override
    public void close() {
        server.close();
    }
}
