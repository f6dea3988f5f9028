package org.vfrt.xen.capture;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import org.vfrt.core.pool.Host;
import org.vfrt.xen.endpoint.ReceiverProcess;
import org.vfrt.xen.endpoint.ReceiverSettings;
import org.vfrt.xen.host.HostShell;
import org.vfrt.xen.host.RuntimeDirectory;
import org.vfrt.xen.host.Tunnel;

/**
 * How the guest's host reaches the endpoint and the receiver here: directly when vfrt runs on the host itself, else through ssh. For
 * one thread.
 */
final class WayHere implements AutoCloseable {

    private final RuntimeDirectory directory;
    private final String destination;
    private final String dataUri;
    private final Deque<Tunnel> tunnels;

    private WayHere(RuntimeDirectory directory, String destination, String dataUri, Deque<Tunnel> tunnels) {
        this.directory = directory;
        this.destination = destination;
        this.dataUri = dataUri;
        this.tunnels = tunnels;
    }

    /**
     * Opens the way.
     *
     * @param hostDirectory a private directory on the host
     * @param insecure whether the data may go to the host's {@code capture_address} in clear
     */
    static WayHere open(Host host, HostShell shell, String hostDirectory, ReceiverProcess receiver, boolean insecure) {
        RuntimeDirectory directory = RuntimeDirectory.make();
        Deque<Tunnel> tunnels = new ArrayDeque<>();
        if (host.uri().local()) {
            return new WayHere(
                    directory, destination(directory.socket().toString()), loopback(receiver.port()), tunnels);
        }
        String hostSocket = hostDirectory + "/endpoint.sock";
        tunnels.push(shell.forwardSocketToHere(hostSocket, directory.socket()));
        return new WayHere(
                directory, destination(hostSocket), dataUri(host, shell, receiver, insecure, tunnels), tunnels);
    }

    /** Returns how the receiver is to listen: on loopback, or for a stream in clear to this host alone. */
    static ReceiverSettings listening(Host host, HostShell shell, boolean insecure) {
        ReceiverSettings loopback = ReceiverSettings.loopback();
        if (!insecure || host.captureAddress().isEmpty()) {
            return loopback;
        }
        String address = host.captureAddress().get();
        InetAddress peer = PlainRoute.probe(host, shell, address);
        try {
            return loopback.on(PlainRoute.listenOn(address), 0, Optional.of(peer));
        } catch (IOException e) {
            throw new IllegalStateException("the address was good for the probe", e);
        }
    }

    private static String dataUri(
            Host host, HostShell shell, ReceiverProcess receiver, boolean insecure, Deque<Tunnel> tunnels) {
        if (insecure && host.captureAddress().isPresent()) {
            return "tcp://" + host.captureAddress().get() + ":" + receiver.port();
        }
        Tunnel forward = shell.forwardPortToHere(receiver.port());
        tunnels.push(forward);
        return loopback(forward.port());
    }

    /** Returns where the endpoint listens, here. */
    Path socket() {
        return directory.socket();
    }

    /** Returns the libvirt URI of the endpoint, as seen from the host. */
    String destination() {
        return destination;
    }

    /** Returns where the stream is to be sent, as seen from the host. */
    String dataUri() {
        return dataUri;
    }

    private static String destination(String socket) {
        return "xen+unix:///system?socket=" + socket;
    }

    private static String loopback(int port) {
        return "tcp://127.0.0.1:" + port;
    }

    @Override
    public void close() {
        tunnels.forEach(Tunnel::close);
        directory.close();
    }
}
