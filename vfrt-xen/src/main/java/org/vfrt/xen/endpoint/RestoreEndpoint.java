package org.vfrt.xen.endpoint;

import java.nio.file.Path;
import java.util.UUID;

/**
 * The store as the source of a live migration: the guest in it looks like a running one and can be migrated to a host by any
 * libvirt client, once. One endpoint serves one restore. Safe for use by several threads.
 */
public final class RestoreEndpoint implements AutoCloseable {

    private final RestoreRole role;
    private final RpcServer server;

    private RestoreEndpoint(RestoreRole role, RpcServer server) {
        this.role = role;
        this.server = server;
    }

    /**
     * Starts to listen.
     *
     * @param socket where to make the socket; nothing must be there, and only the owner may enter the directory
     * @param name the guest's name, as in the definition
     * @param uuid the guest's UUID, as in the definition
     * @param definition the domain XML the destination is to start the guest under
     * @param sender sends the image when the destination is ready; called once at most, in a thread of the endpoint
     * @throws org.vfrt.core.failure.Refused when others can enter the directory
     * @throws org.vfrt.core.failure.Failed when the socket cannot be made
     */
    public static RestoreEndpoint open(Path socket, String name, UUID uuid, String definition, ImageSender sender) {
        return open(socket, name, uuid, definition, sender, RpcLimits.USUAL);
    }

    static RestoreEndpoint open(
            Path socket, String name, UUID uuid, String definition, ImageSender sender, RpcLimits limits) {
        RestoreRole role = new RestoreRole(name, uuid, definition, sender);
        return new RestoreEndpoint(role, RpcServer.open(socket, role, limits));
    }

    /** Returns how far the restore has come, as seen from the sending end. */
    public RestoreState state() {
        return role.state();
    }

    /** Ends every connection, interrupts the sending and removes the socket. */
    @Override
    public void close() {
        server.close();
    }
}
