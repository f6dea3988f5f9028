package org.vfrt.xen.migrate;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vfrt.core.checkpoint.Progress;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.image.MalformedImage;
import org.vfrt.core.image.StreamCheck;
import org.vfrt.core.image.StreamLimits;

/**
 * Carries a guest's memory on from its old host to its new one, and sees how its copy rounds go by. It takes exactly one connection, on
 * loopback; nothing of the stream is kept.
 */
final class StreamRelay implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(StreamRelay.class);

    private static final int BUFFER_BYTES = 256 << 10;
    private static final int CONNECT_MILLIS = 30_000;

    private final ServerSocket listener;
    private final long memoryBytes;
    private final Progress progress;
    private final CompletableFuture<Optional<RoundTimes.Seen>> seen = new CompletableFuture<>();
    private volatile @Nullable Socket incoming;

    private StreamRelay(ServerSocket listener, long memoryBytes, Progress progress) {
        this.listener = listener;
        this.memoryBytes = memoryBytes;
        this.progress = progress;
    }

    /** Opens the entrance. */
    static StreamRelay listen(long memoryBytes, Progress progress) {
        try {
            return new StreamRelay(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()), memoryBytes, progress);
        } catch (IOException e) {
            throw new Failed("no-port", "no port of this machine's loopback could be opened: " + e.getMessage(), "", e);
        }
    }

    int port() {
        return listener.getLocalPort();
    }

    /** Begins to carry what comes to a port of this machine's loopback. */
    void towards(int exit) {
        Thread carrier = new Thread(() -> carry(exit), "vfrt-relay");
        carrier.setDaemon(true);
        carrier.start();
    }

    /** Returns what was seen, once the source has sent all; empty when that was not a whole image. */
    Optional<RoundTimes.Seen> seen() {
        try {
            return seen.get(5, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    private void carry(int exit) {
        try (Socket from = listener.accept();
                Socket to = new Socket()) {
            incoming = from;
            listener.close();
            to.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), exit), CONNECT_MILLIS);
            RoundTimes rounds = new RoundTimes();
            InputStream passing = new Passing(from.getInputStream(), to.getOutputStream());
            boolean whole = read(passing, rounds);
            passing.transferTo(OutputStream.nullOutputStream());
            to.shutdownOutput();
            seen.complete(whole ? rounds.seen(((Passing) passing).bytes) : Optional.empty());
            // Until the other side has read all of it: closed before, a tunnel drops what it still has.
            to.getInputStream().transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            LOG.debug("the relay ended: {}", e.toString());
            seen.complete(Optional.empty());
        }
    }

    private boolean read(InputStream passing, RoundTimes rounds) throws IOException {
        try {
            new StreamCheck(StreamLimits.forGuest(memoryBytes), rounds).read(passing);
            return true;
        } catch (MalformedImage e) {
            // The new host's Xen has the last word on what it takes; here nothing can be measured any more.
            LOG.debug("the stream is not one that vfrt knows: {}", e.getMessage());
            return false;
        }
    }

    @Override
    public void close() {
        try {
            listener.close();
            Socket open = incoming;
            if (open != null) {
                open.close();
            }
        } catch (IOException e) {
            LOG.debug("closing the relay: {}", e.toString());
        }
    }

    /** What is read from it has been written to the other side. */
    private final class Passing extends InputStream {
        private final InputStream from;
        private final OutputStream to;
        private long bytes;

        Passing(InputStream from, OutputStream to) {
            this.from = from;
            this.to = to;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            int count = from.read(buffer, offset, Math.min(length, BUFFER_BYTES));
            if (count > 0) {
                to.write(buffer, offset, count);
                bytes += count;
                progress.at("migrate", bytes, memoryBytes);
            }
            return count;
        }
    }
}
