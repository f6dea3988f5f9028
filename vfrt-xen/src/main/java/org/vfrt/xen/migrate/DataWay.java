package org.vfrt.xen.migrate;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.migrate.MigrationJob;
import org.vfrt.core.pool.Host;
import org.vfrt.xen.host.HostShell;
import org.vfrt.xen.host.ReceivePort;
import org.vfrt.xen.host.Tunnel;
import org.vfrt.xen.libvirt.LibvirtHypervisor;

/**
 * How a guest's memory gets from one host to the other: through ssh to vfrt and on through ssh, or, when somebody said so, in clear from host to
 * host. For one migration.
 */
final class DataWay implements AutoCloseable {

    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final MigrationJob job;
    private final @Nullable StreamRelay relay;
    private final String receiveUri;
    private String sendUri;
    private @Nullable ClearConnection watched;

    private DataWay(MigrationJob job, @Nullable StreamRelay relay, String receiveUri, String sendUri) {
        this.job = job;
        this.relay = relay;
        this.receiveUri = receiveUri;
        this.sendUri = sendUri;
    }

    /** Opens the way. Nothing goes in clear unless it is allowed and the target has an address for it. */
    static DataWay open(MigrationJob job, boolean insecure, SplittableRandom random) {
        LibvirtHypervisor source = (LibvirtHypervisor) job.source();
        LibvirtHypervisor target = (LibvirtHypervisor) job.target();
        Optional<String> clear = clear(target.host(), insecure);
        if (clear.isPresent()) {
            String uri = "tcp://" + (clear.get().contains(":") ? "[" + clear.get() + "]" : clear.get());
            return new DataWay(job, null, uri, uri);
        }
        int receivePort = ReceivePort.any(random);
        Deque<AutoCloseable> opened = new ArrayDeque<>();
        try {
            int exit = receivePort;
            if (!target.host().uri().local()) {
                Tunnel tunnel = shell(target).forwardPortToHost(receivePort);
                opened.push(tunnel);
                exit = tunnel.port();
            }
            StreamRelay relay = StreamRelay.listen(job.definition().memoryBytes(), job.progress());
            opened.push(relay);
            int sendPort = relay.port();
            if (!source.host().uri().local()) {
                Tunnel tunnel = shell(source).forwardPortToHere(relay.port());
                opened.push(tunnel);
                sendPort = tunnel.port();
            }
            relay.towards(exit);
            DataWay way = new DataWay(job, relay, loopback(receivePort), loopback(sendPort));
            way.open.addAll(opened);
            return way;
        } catch (RuntimeException e) {
            opened.forEach(DataWay::close);
            throw e;
        }
    }

    /** Returns the address to which memory may be sent in clear; empty when it must not. */
    static Optional<String> clear(Host target, boolean insecure) {
        return insecure ? target.migrationAddress() : Optional.empty();
    }

    /** Returns what libvirt on the target is asked to listen on; without a port it chooses one. */
    String receiveUri() {
        return receiveUri;
    }

    /**
     * Says where libvirt on the target listens.
     *
     * @param uri as the target's Prepare gave it
     */
    void receivesAt(String uri) {
        if (relay == null) {
            sendUri = uri;
        }
    }

    /** Says that the memory is about to be sent. */
    void sending() {
        if (relay == null) {
            ClearConnection connection = ClearConnection.watch(
                    shell((LibvirtHypervisor) job.source()),
                    shell((LibvirtHypervisor) job.target()),
                    clear(job.target().host(), true).orElseThrow(),
                    sendPort(),
                    job.definition().memoryBytes(),
                    job.progress());
            watched = connection;
            open.push(connection);
        }
    }

    /** Returns what the source sends to. */
    String sendUri() {
        return sendUri;
    }

    int sendPort() {
        return port(sendUri);
    }

    static int port(String uri) {
        try {
            return Integer.parseInt(uri.substring(uri.lastIndexOf(':') + 1));
        } catch (NumberFormatException e) {
            throw new Failed(
                    "odd-migration-uri", "libvirt on the target listens at '" + uri + "', which has no port", "", e);
        }
    }

    /** Returns what went by; empty when nothing of it could be seen, as in clear. */
    Optional<RoundTimes.Seen> seen() {
        return relay == null ? Optional.empty() : relay.seen();
    }

    /** Returns how much the source's kernel counted; zero when the memory went past vfrt, which has seen it better. */
    long counted() {
        ClearConnection connection = watched;
        return connection == null ? 0 : connection.bytes();
    }

    /** Ends what the target still receives, after the source has failed to send. */
    void breakOff() {
        ClearConnection connection = watched;
        if (connection != null) {
            connection.close();
            connection.endOnTarget();
        }
        if (relay != null) {
            relay.close();
        }
    }

    /** Says that all has been sent: nothing is looked at any more while the guest stands still. */
    void sent() {
        ClearConnection connection = watched;
        if (connection != null) {
            connection.close();
        }
    }

    /** Returns why vfrt itself broke it off; empty when it did not. */
    Optional<String> cut() {
        ClearConnection connection = watched;
        return connection == null ? Optional.empty() : connection.cut();
    }

    private static HostShell shell(LibvirtHypervisor host) {
        return host.shell().orElseThrow();
    }

    private static String loopback(int port) {
        return "tcp://127.0.0.1:" + port;
    }

    @Override
    public void close() {
        open.forEach(DataWay::close);
    }

    private static void close(AutoCloseable one) {
        try {
            one.close();
        } catch (Exception e) {
            // What cannot be closed ends with the connection below it.
            return;
        }
    }
}
