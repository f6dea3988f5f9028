package org.vfrt.xen.endpoint;

import static org.vfrt.xen.endpoint.Procedure.AUTH_LIST;
import static org.vfrt.xen.endpoint.Procedure.CONNECT_CLOSE;
import static org.vfrt.xen.endpoint.Procedure.CONNECT_GET_HOSTNAME;
import static org.vfrt.xen.endpoint.Procedure.CONNECT_GET_TYPE;
import static org.vfrt.xen.endpoint.Procedure.CONNECT_GET_URI;
import static org.vfrt.xen.endpoint.Procedure.CONNECT_OPEN;
import static org.vfrt.xen.endpoint.Procedure.CONNECT_SUPPORTS_FEATURE;

/** The calls that every role answers alike: they make a client of libvirt take the store for a Xen host. */
final class CommonCalls {

    /** What the store says its host name is; also inside the migration cookie. */
    static final String HOST_NAME = "vfrt-store";

    private static final int AUTH_NONE = 0;

    private final Role role;

    CommonCalls(Role role) {
        this.role = role;
    }

    Answer call(RpcConnection client, int procedure, XdrReader arguments) throws MalformedMessage {
        return switch (procedure) {
            // no further authentication: only the owner of the private directory reaches the socket
            case AUTH_LIST -> new Answer.Result(new XdrWriter().int32(1).int32(AUTH_NONE));
            case CONNECT_OPEN, CONNECT_CLOSE -> Answer.empty();
            case CONNECT_GET_TYPE -> new Answer.Result(new XdrWriter().string("Xen"));
            case CONNECT_GET_URI -> new Answer.Result(new XdrWriter().string("xen:///system"));
            case CONNECT_GET_HOSTNAME -> new Answer.Result(new XdrWriter().string(HOST_NAME));
            case CONNECT_SUPPORTS_FEATURE ->
                new Answer.Result(new XdrWriter().int32(role.features().contains(arguments.int32()) ? 1 : 0));
            default -> role.call(client, procedure, arguments);
        };
    }
}
