package org.vfrt.xen.endpoint;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Refused;

/**
 * Serves libvirt's RPC on a Unix socket. Nothing a client sends ends the server, and clients cost bounded memory and threads
 * (see {@link RpcLimits}). One thread accepts and watches; each connection has its own.
 */
final class RpcServer implements AutoCloseable {

    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");
    private static final Set<PosixFilePermission> OTHERS = PosixFilePermissions.fromString("---rwxrwx");

    /** The kernel's limit for the path of a socket, without the final NUL. */
    private static final int SOCKET_PATH_BYTES_MAX = 107;

    private static final long WATCH_MILLIS = 250;
    private static final Duration CLOSE_DEADLINE = Duration.ofSeconds(5);

    private final Path socket;
    private final Role role;
    private final RpcLimits limits;
    private final ServerSocketChannel listener;
    private final Selector selector;
    private final List<RpcConnection> connections = new ArrayList<>();
    private final long openedNanos = System.nanoTime();
    private boolean anyClientCame;
    private boolean closed;

    private RpcServer(Path socket, Role role, RpcLimits limits, ServerSocketChannel listener, Selector selector) {
        this.socket = socket;
        this.role = role;
        this.limits = limits;
        this.listener = listener;
        this.selector = selector;
    }

    /**
     * Starts to serve.
     *
     * @param socket a path that does not exist, in a directory that only its owner can enter
     * @throws Refused when others can enter the directory
     * @throws Failed when the socket cannot be made
     */
    static RpcServer open(Path socket, Role role, RpcLimits limits) {
        requirePrivate(socket);
        if (socket.toString().getBytes(StandardCharsets.UTF_8).length > SOCKET_PATH_BYTES_MAX) {
            throw new Failed(
                    "endpoint-socket",
                    "the path of the endpoint's socket '" + socket + "' is too long",
                    "Unix sockets allow " + SOCKET_PATH_BYTES_MAX + " bytes; use a shorter run directory.");
        }
        ServerSocketChannel listener = listen(socket);
        try {
            Files.setPosixFilePermissions(socket, OWNER_ONLY);
            Selector selector = Selector.open();
            listener.configureBlocking(false);
            listener.register(selector, SelectionKey.OP_ACCEPT);
            RpcServer server = new RpcServer(socket, role, limits, listener, selector);
            daemon(server::accept, "vfrt-endpoint-accept").start();
            return server;
        } catch (IOException e) {
            closeQuietly(listener);
            deleteQuietly(socket);
            throw notMade(socket, e);
        }
    }

    /** Ends every connection, interrupts the calls that last and removes the socket. Waits some seconds at most. Idempotent. */
    @Override
    public void close() {
        List<RpcConnection> rest;
        synchronized (connections) {
            closed = true;
            rest = List.copyOf(connections);
        }
        stopListening();
        rest.forEach(RpcConnection::close);
        boolean interrupted = false;
        for (RpcConnection connection : rest) {
            try {
                connection.awaitEnd(interrupted ? Duration.ZERO : CLOSE_DEADLINE);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void stopListening() {
        closeQuietly(listener);
        closeQuietly(selector);
        deleteQuietly(socket);
    }

    private void accept() {
        while (listener.isOpen() && selector.isOpen()) {
            try {
                selector.select(WATCH_MILLIS);
                if (!selector.isOpen()) {
                    return;
                }
                selector.selectedKeys().clear();
                SocketChannel client = listener.accept();
                if (client != null) {
                    serve(client);
                }
            } catch (ClosedSelectorException | ClosedChannelException e) {
                break;
            } catch (IOException e) {
                // Out of file descriptors, as a rule: the client waits in the backlog. Do not spin on it.
                LockSupport.parkNanos(Duration.ofMillis(WATCH_MILLIS).toNanos());
            }
            watch();
        }
        // after the listener closed the connections still need their watch
        while (watch()) {
            LockSupport.parkNanos(Duration.ofMillis(WATCH_MILLIS).toNanos());
        }
    }

    private void serve(SocketChannel client) {
        RpcConnection connection = new RpcConnection(client, limits, role);
        synchronized (connections) {
            connections.removeIf(RpcConnection::hasEnded);
            if (closed || connections.size() >= limits.connections()) {
                closeQuietly(client);
                return;
            }
            anyClientCame = true;
            connections.add(connection);
        }
        daemon(connection, "vfrt-endpoint-client").start();
    }

    /** Looks after deadlines. Returns whether there is anything left to watch. */
    private boolean watch() {
        synchronized (connections) {
            connections.removeIf(RpcConnection::hasEnded);
            connections.forEach(RpcConnection::closeIfStalled);
            boolean nobodyCame = !anyClientCame
                    && System.nanoTime() - openedNanos > limits.firstClient().toNanos();
            if (nobodyCame) {
                stopListening();
            }
            return !connections.isEmpty();
        }
    }

    private static ServerSocketChannel listen(Path socket) {
        try {
            ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            try {
                return listener.bind(UnixDomainSocketAddress.of(socket));
            } catch (IOException e) {
                listener.close();
                throw e;
            }
        } catch (IOException e) {
            throw notMade(socket, e);
        }
    }

    private static void requirePrivate(Path socket) {
        Path directory = socket.toAbsolutePath().getParent();
        try {
            if (directory == null
                    || Files.getPosixFilePermissions(directory).stream().anyMatch(OTHERS::contains)) {
                // Whoever reaches the socket can take a guest's memory away or put one in.
                throw new Refused(
                        "endpoint-directory-open",
                        "the directory of the endpoint's socket '" + socket + "' is open to others",
                        "Make it accessible for its owner alone (mode 0700).");
            }
        } catch (IOException e) {
            throw notMade(socket, e);
        }
    }

    private static Failed notMade(Path socket, IOException cause) {
        return new Failed(
                "endpoint-socket",
                "the endpoint's socket '" + socket + "' cannot be made: " + cause.getMessage(),
                "Nothing was started. Look at the directory's owner, free space and left-over files.",
                cause);
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    private static void closeQuietly(AutoCloseable closeable) {
        try {
            closeable.close();
        } catch (Exception e) {
            // Nothing more can be done about it, and nothing depends on it.
        }
    }

    private static void deleteQuietly(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException | UncheckedIOException e) {
            // A left-over socket file does no harm in a private directory.
        }
    }
}
