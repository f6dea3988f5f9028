package org.vfrt.xen.capture;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.pool.Host;
import org.vfrt.xen.host.HostShell;

/** The way of a stream in clear, from a host to its {@code capture_address} here. */
final class PlainRoute {

    private static final int CONNECT_SECONDS = 5;
    private static final Duration PROBE = Duration.ofSeconds(60);

    private PlainRoute() {}

    /**
     * Lets the host connect to the address once, on a port that is closed again at once.
     *
     * @return where the host comes from, as seen here: the only one that the receiver is to listen to
     * @throws Failed {@code capture-address-unreachable}
     */
    static InetAddress probe(Host host, HostShell shell, String address) {
        try (ServerSocket listener = new ServerSocket()) {
            listener.setSoTimeout((int) PROBE.toMillis());
            listener.bind(new InetSocketAddress(listenOn(address), 0), 1);
            CompletableFuture<InetAddress> seen = CompletableFuture.supplyAsync(() -> accept(listener));
            HostShell.Result result = shell.run(
                    List.of(
                            "timeout",
                            Integer.toString(CONNECT_SECONDS),
                            "bash",
                            "-c",
                            "exec 3<>\"/dev/tcp/$1/$2\"",
                            "bash",
                            address,
                            Integer.toString(listener.getLocalPort())),
                    PROBE);
            if (!result.ok()) {
                throw unreachable(host, address, result.complaint(), null);
            }
            return seen.get(CONNECT_SECONDS, TimeUnit.SECONDS);
        } catch (IOException e) {
            throw unreachable(host, address, "it cannot be listened on here: " + e.getMessage(), e);
        } catch (ExecutionException | TimeoutException e) {
            throw unreachable(host, address, "the connection did not arrive here", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw unreachable(host, address, "interrupted", e);
        }
    }

    /**
     * Returns the address to listen on here. One that is not this machine's own leads here through a translation of addresses, so
     * any is listened on; the receiver takes the host alone all the same.
     *
     * @throws IOException when it is not an address
     */
    static InetAddress listenOn(String address) throws IOException {
        InetAddress wanted = InetAddress.getAllByName(address)[0];
        return NetworkInterface.getByInetAddress(wanted) == null ? new InetSocketAddress(0).getAddress() : wanted;
    }

    private static InetAddress accept(ServerSocket listener) {
        try (Socket peer = listener.accept()) {
            return peer.getInetAddress();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Failed unreachable(
            Host host, String address, String why, @org.jspecify.annotations.Nullable Throwable cause) {
        return new Failed(
                "capture-address-unreachable",
                "host '" + host.name() + "' does not reach vfrt at capture_address '" + address + "': " + why,
                "Correct 'capture_address', open the firewall, or leave it out: then the stream goes through ssh.",
                cause);
    }
}
