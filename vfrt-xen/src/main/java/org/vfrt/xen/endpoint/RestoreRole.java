package org.vfrt.xen.endpoint;

import static org.vfrt.xen.endpoint.Procedure.CONNECT_LIST_ALL_DOMAINS;
import static org.vfrt.xen.endpoint.Procedure.DOMAIN_GET_STATE;
import static org.vfrt.xen.endpoint.Procedure.DOMAIN_LOOKUP_BY_NAME;
import static org.vfrt.xen.endpoint.Procedure.DOMAIN_LOOKUP_BY_UUID;
import static org.vfrt.xen.endpoint.Procedure.DOMAIN_MIGRATE_BEGIN3_PARAMS;
import static org.vfrt.xen.endpoint.Procedure.DOMAIN_MIGRATE_CONFIRM3_PARAMS;
import static org.vfrt.xen.endpoint.Procedure.DOMAIN_MIGRATE_PERFORM3_PARAMS;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** Plays the source of a migration: one running guest, whose memory is the image. */
final class RestoreRole implements Role {

    private static final int DOMAIN_ID = 1;
    private static final int STATE_RUNNING = 1;
    private static final int REASON_BOOTED = 1;
    private static final int LIST_ACTIVE = 1;
    private static final int LIST_INACTIVE = 2;
    private static final int FLAG_PEER2PEER = 2;
    private static final int FLAG_TUNNELLED = 4;

    /** Version 2 is what Xen writes since 4.6; without a cookie the destination would expect the format before it. */
    private static final int STREAM_VERSION = 2;

    private final String name;
    private final UUID uuid;
    private final String definition;
    private final ImageSender sender;
    private RestoreState state = RestoreState.WAITING;

    RestoreRole(String name, UUID uuid, String definition, ImageSender sender) {
        this.name = name;
        this.uuid = uuid;
        this.definition = definition;
        this.sender = sender;
    }

    synchronized RestoreState state() {
        return state;
    }

    @Override
    public Set<Integer> features() {
        return Feature.OF_A_SOURCE;
    }

    @Override
    public boolean lasts(int procedure) {
        return procedure == DOMAIN_MIGRATE_PERFORM3_PARAMS;
    }

    @Override
    public Answer call(RpcConnection client, int procedure, XdrReader arguments) throws MalformedMessage {
        return switch (procedure) {
            case CONNECT_LIST_ALL_DOMAINS -> list(arguments);
            case DOMAIN_LOOKUP_BY_NAME -> lookup(arguments.string().equals(name));
            case DOMAIN_LOOKUP_BY_UUID -> lookup(arguments.uuid().equals(uuid));
            case DOMAIN_GET_STATE ->
                known(arguments)
                        ? new Answer.Result(new XdrWriter().int32(STATE_RUNNING).int32(REASON_BOOTED))
                        : noDomain();
            case DOMAIN_MIGRATE_BEGIN3_PARAMS -> begin(arguments);
            case DOMAIN_MIGRATE_PERFORM3_PARAMS -> perform(arguments);
            case DOMAIN_MIGRATE_CONFIRM3_PARAMS -> confirm(arguments);
            default -> RpcError.noSupport(procedure);
        };
    }

    private Answer list(XdrReader arguments) throws MalformedMessage {
        boolean wanted = arguments.flag();
        boolean onlyInactive = (arguments.int32() & (LIST_ACTIVE | LIST_INACTIVE)) == LIST_INACTIVE;
        if (onlyInactive) {
            return new Answer.Result(new XdrWriter().int32(0).int32(0));
        }
        XdrWriter list = new XdrWriter();
        if (wanted) {
            list.int32(1).domain(name, uuid, DOMAIN_ID);
        } else {
            list.int32(0);
        }
        return new Answer.Result(list.int32(1));
    }

    private Answer lookup(boolean found) {
        return found ? new Answer.Result(new XdrWriter().domain(name, uuid, DOMAIN_ID)) : noDomain();
    }

    private boolean known(XdrReader arguments) throws MalformedMessage {
        return arguments.domain().equals(uuid);
    }

    private RpcError noDomain() {
        return new RpcError(RpcError.NO_DOMAIN, "vfrt's store offers guest '" + name + "' only");
    }

    private Answer begin(XdrReader arguments) throws MalformedMessage {
        if (!known(arguments)) {
            return noDomain();
        }
        Map<String, String> params = arguments.stringParams();
        int flags = arguments.int32();
        if ((flags & (FLAG_PEER2PEER | FLAG_TUNNELLED)) != 0) {
            return new RpcError(
                    RpcError.NO_SUPPORT, "vfrt's store can be migrated from by the client only, not peer to peer");
        }
        if (params.containsKey("destination_xml")) {
            return new RpcError(
                    RpcError.INVALID_ARGUMENT,
                    "the definition comes from vfrt's store; 'destination_xml' is not taken");
        }
        return new Answer.Result(new XdrWriter().opaque(cookie()).string(definition));
    }

    /** libvirt insists on the NUL byte inside the cookie's length. */
    private byte[] cookie() {
        String xml = "<libxl-migration>\n" //
                + "  <name>" + escape(name) + "</name>\n"
                + "  <uuid>" + uuid + "</uuid>\n"
                + "  <hostname>" + CommonCalls.HOST_NAME + "</hostname>\n"
                + "  <migration-stream-version>" + STREAM_VERSION + "</migration-stream-version>\n"
                + "</libxl-migration>\n\0";
        return xml.getBytes(StandardCharsets.UTF_8);
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }

    private Answer perform(XdrReader arguments) throws MalformedMessage {
        if (!known(arguments)) {
            return noDomain();
        }
        arguments.skipOptionalString(); // the destination's libvirt, for peer to peer
        String migrateUri = arguments.stringParams().getOrDefault("migrate_uri", "");
        arguments.opaque();
        int flags = arguments.int32();
        if ((flags & (FLAG_PEER2PEER | FLAG_TUNNELLED)) != 0) {
            return new RpcError(
                    RpcError.NO_SUPPORT, "vfrt's store can be migrated from by the client only, not peer to peer");
        }
        if (migrateUri.isEmpty()) {
            return new RpcError(RpcError.INVALID_ARGUMENT, "the migration names no 'migrate_uri' to send to");
        }
        synchronized (this) {
            if (state != RestoreState.WAITING) {
                // Two copies of one guest must not come out of one endpoint.
                return new RpcError(RpcError.OPERATION_INVALID, "the image of '" + name + "' was already sent");
            }
            state = RestoreState.SENDING;
        }
        RestoreState after = RestoreState.SEND_FAILED;
        try {
            sender.send(migrateUri);
            after = RestoreState.SENT;
            return new Answer.Result(new XdrWriter().opaque(new byte[0]));
        } catch (IOException | RuntimeException e) {
            return new RpcError(
                    RpcError.OPERATION_FAILED, "the image of '" + name + "' was not sent whole: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new RpcError(RpcError.OPERATION_FAILED, "the sending of '" + name + "' was interrupted");
        } finally {
            synchronized (this) {
                state = after;
            }
        }
    }

    private Answer confirm(XdrReader arguments) throws MalformedMessage {
        if (!known(arguments)) {
            return noDomain();
        }
        arguments.stringParams();
        arguments.opaque();
        arguments.int32();
        boolean cancelled = arguments.flag();
        synchronized (this) {
            state = cancelled ? RestoreState.CANCELLED : RestoreState.CONFIRMED;
        }
        return Answer.empty();
    }

    @Override
    public void answered(RpcConnection client, int procedure, boolean delivered) {
        // Whether the guest runs is asked on the destination, so nothing here depends on the answer having arrived.
    }

    @Override
    public void gone(RpcConnection client) {
        // The destination rolls back by itself; the owner asks it.
    }
}
