package org.vfrt.xen.endpoint;

import static org.vfrt.xen.endpoint.Procedure.CONNECT_LIST_ALL_DOMAINS;
import static org.vfrt.xen.endpoint.Procedure.DOMAIN_MIGRATE_FINISH3_PARAMS;
import static org.vfrt.xen.endpoint.Procedure.DOMAIN_MIGRATE_PREPARE3_PARAMS;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Plays the destination of a migration.
 *
 * <ul>
 *   <li>Prepare is never refused: on libvirt 9.0.0 a refusal leaves the source's job open for ever, or its state wrong (bugs A
 *       and B). What does not fit is turned down at Finish.
 *   <li>Finish never succeeds: the source would destroy its guest. {@link #finish} can return nothing but an {@link RpcError}.
 * </ul>
 */
final class CaptureRole implements Role {

    private final String dataUri;
    private final CaptureListener listener;

    /** The connection that announced the guest; the others get the same polite answers and no influence. */
    private @Nullable RpcConnection holder;

    private boolean holderGone;
    private Optional<Prepared> prepared = Optional.empty();
    private FinishState finishState = new FinishState.NotReached();

    CaptureRole(String dataUri, CaptureListener listener) {
        this.dataUri = dataUri;
        this.listener = listener;
    }

    synchronized Optional<Prepared> prepared() {
        return prepared;
    }

    synchronized FinishState finishState() {
        return finishState;
    }

    synchronized FinishState awaitAnswered(Duration deadline) throws InterruptedException {
        long end = System.nanoTime() + deadline.toNanos();
        while (finishState instanceof FinishState.Held) {
            long restMillis = (end - System.nanoTime()) / 1_000_000;
            if (restMillis <= 0) {
                break;
            }
            wait(restMillis);
        }
        return finishState;
    }

    synchronized boolean clientGone() {
        return holderGone;
    }

    @Override
    public Set<Integer> features() {
        return Feature.OF_A_DESTINATION;
    }

    @Override
    public boolean lasts(int procedure) {
        return procedure == DOMAIN_MIGRATE_FINISH3_PARAMS;
    }

    @Override
    public Answer call(RpcConnection client, int procedure, XdrReader arguments) throws MalformedMessage {
        return switch (procedure) {
            case CONNECT_LIST_ALL_DOMAINS ->
                new Answer.Result(new XdrWriter().int32(0).int32(0));
            case DOMAIN_MIGRATE_PREPARE3_PARAMS -> prepare(client, arguments);
            case DOMAIN_MIGRATE_FINISH3_PARAMS -> finish(client, arguments);
            default -> RpcError.noSupport(procedure);
        };
    }

    private Answer prepare(RpcConnection client, XdrReader arguments) throws MalformedMessage {
        Map<String, String> params = arguments.stringParams();
        arguments.opaque(); // the source's cookie
        int flags = arguments.int32();
        Prepared now = new Prepared(
                Optional.ofNullable(params.get("destination_xml")),
                Optional.ofNullable(params.get("destination_name")),
                flags);
        boolean first;
        synchronized (this) {
            first = holder == null;
            if (first) {
                holder = client;
                prepared = Optional.of(now);
            }
        }
        if (first) {
            try {
                listener.prepared(now);
            } catch (RuntimeException e) {
                // Not the source's fault, and no reason to refuse (bug A). The owner sees its own failure at Finish.
            }
        }
        String uri = params.getOrDefault("migrate_uri", dataUri);
        return new Answer.Result(
                new XdrWriter().opaque(new byte[0]).optionalString(uri.contains("://") ? uri : "tcp://" + uri));
    }

    private RpcError finish(RpcConnection client, XdrReader arguments) throws MalformedMessage {
        arguments.stringParams();
        arguments.opaque();
        arguments.int32();
        boolean cancelled = arguments.flag();
        synchronized (this) {
            if (client != holder || !(finishState instanceof FinishState.NotReached)) {
                return new RpcError(RpcError.OPERATION_INVALID, "vfrt's store waits for no such migration to finish");
            }
            finishState = new FinishState.Held(cancelled);
        }
        return new RpcError(RpcError.OPERATION_FAILED, heldBy(cancelled));
    }

    private String heldBy(boolean cancelled) {
        try {
            return listener.finish(cancelled);
        } catch (RuntimeException e) {
            return "the capture failed: " + e.getMessage();
        }
    }

    @Override
    public synchronized void answered(RpcConnection client, int procedure, boolean delivered) {
        if (client == holder && finishState instanceof FinishState.Held held) {
            finishState = new FinishState.Answered(held.cancelled(), delivered && !holderGone);
            notifyAll();
        }
    }

    @Override
    public void gone(RpcConnection client) {
        FinishState at;
        synchronized (this) {
            if (client != holder) {
                return;
            }
            holderGone = true;
            at = finishState;
        }
        listener.clientGone(at);
    }
}
