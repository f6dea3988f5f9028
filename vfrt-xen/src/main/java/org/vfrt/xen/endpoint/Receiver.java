package org.vfrt.xen.endpoint;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A process of its own that takes one data connection and hands the bytes on through its standard output as {@link Frame}s.
 *
 * <p>It exists because of bug C: when the data connection breaks inside the last copy round, the guest stays suspended. So
 * this process does nothing that can go wrong, and once the source has connected it reads until the source is done, whatever
 * happens to vfrt: if nobody takes the bytes any more it throws them away. It uses nothing but the JDK.
 *
 * <p>It ends when the source closes, when no byte came for the idle time, or, before a connection came, when its standard
 * input ends or the time to accept is over.
 */
final class Receiver {

    private static final int READ_BYTES_MAX = 256 << 10;

    private final Settings settings;
    private final FileChannel output;
    private final ArrivalBuffer buffer;
    private final ByteBuffer thrownAway = ByteBuffer.allocateDirect(READ_BYTES_MAX);

    /** One for all frames: only one thread at a time writes, the main one before and after the one that hands on. */
    private final ByteBuffer header = ByteBuffer.allocateDirect(Frame.HEADER_BYTES);

    private final AtomicBoolean connected = new AtomicBoolean();

    private Receiver(Settings settings, FileChannel output) {
        this.settings = settings;
        this.output = output;
        this.buffer = new ArrivalBuffer(settings.bufferBytes());
    }

    /**
     * Arguments as they come on the command line.
     *
     * @param bindAddress a literal address
     * @param port 0 for any
     * @param peer the literal address that may connect, empty for any
     * @param bufferBytes how much is kept for a reader that lags behind
     * @param acceptMillis how long to wait for the connection
     * @param idleMillis how long to wait for the next byte
     * @param stallMillis how long a full buffer may hold the source up before the image is given up for the guest's sake
     */
    record Settings(
            String bindAddress,
            int port,
            String peer,
            int bufferBytes,
            long acceptMillis,
            long idleMillis,
            long stallMillis) {

        static Settings parse(String[] words) {
            return new Settings(
                    words[0],
                    Integer.parseInt(words[1]),
                    words[2],
                    Integer.parseInt(words[3]),
                    Long.parseLong(words[4]),
                    Long.parseLong(words[5]),
                    Long.parseLong(words[6]));
        }

        String[] toWords() {
            return new String[] {
                bindAddress,
                Integer.toString(port),
                peer,
                Integer.toString(bufferBytes),
                Long.toString(acceptMillis),
                Long.toString(idleMillis),
                Long.toString(stallMillis)
            };
        }
    }

    /** Runs one receiver; see the class. */
    public static void main(String[] words) throws IOException, InterruptedException {
        try (FileOutputStream out = new FileOutputStream(FileDescriptor.out)) {
            new Receiver(Settings.parse(words), out.getChannel()).run();
        }
    }

    private void run() throws IOException, InterruptedException {
        Optional<SocketChannel> connection;
        try {
            connection = accept();
        } catch (IOException e) {
            write(Frame.BROKEN, System.nanoTime(), text("the data port cannot be opened: " + e.getMessage()));
            return;
        }
        if (connection.isEmpty()) {
            write(Frame.BROKEN, System.nanoTime(), text("the source did not connect"));
            return;
        }
        try (SocketChannel source = connection.get()) {
            Thread writer = new Thread(() -> handOn(source), "hand-on");
            writer.setDaemon(true);
            writer.start();
            String broken = read(source);
            buffer.finish();
            // The writer is stuck when vfrt lives and takes nothing; this process must not linger because of that.
            writer.join(settings.idleMillis());
            if (!writer.isAlive() && !buffer.isDiscarding()) {
                sayLast(broken);
            } else if (!writer.isAlive()) {
                sayLast("vfrt took the stream too slowly; the rest was thrown away so that the guest could go on");
            }
        }
    }

    private void sayLast(String broken) {
        try {
            if (broken.isEmpty()) {
                write(Frame.END, System.nanoTime(), text(""));
            } else {
                write(Frame.BROKEN, System.nanoTime(), text(broken));
            }
        } catch (IOException e) {
            // Nobody listens any more.
        }
    }

    private Optional<SocketChannel> accept() throws IOException {
        ServerSocketChannel listener = ServerSocketChannel.open();
        Optional<SocketChannel> connection = Optional.empty();
        try {
            connection = acceptOne(listener);
            return connection;
        } finally {
            if (connection.isEmpty()) {
                listener.close();
            }
        }
    }

    private Optional<SocketChannel> acceptOne(ServerSocketChannel listener) throws IOException {
        try (Selector selector = Selector.open()) {
            listener.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            listener.bind(new InetSocketAddress(InetAddress.getByName(settings.bindAddress()), settings.port()), 1);
            listener.configureBlocking(false);
            listener.register(selector, SelectionKey.OP_ACCEPT);
            int port = ((InetSocketAddress) listener.getLocalAddress()).getPort();
            write(Frame.LISTENING, System.nanoTime(), text(Integer.toString(port)));
            leaveWhenInputEnds();
            long deadline = System.nanoTime() + settings.acceptMillis() * 1_000_000;
            while (true) {
                long rest = (deadline - System.nanoTime()) / 1_000_000;
                if (rest <= 0) {
                    return Optional.empty();
                }
                selector.select(rest);
                selector.selectedKeys().clear();
                SocketChannel peer = listener.accept();
                if (peer == null) {
                    continue;
                }
                if (!isAllowed(peer)) {
                    System.err.println("refused a connection from " + peer.getRemoteAddress());
                    peer.close();
                    continue;
                }
                // From here on the end of standard input means nothing any more.
                connected.set(true);
                refuseOthers(listener);
                return Optional.of(peer);
            }
        }
    }

    /** The first connection is the only one: every other is closed at once, and told of. */
    private static void refuseOthers(ServerSocketChannel listener) {
        Thread refusing = new Thread(
                () -> {
                    try (ServerSocketChannel closing = listener;
                            Selector selector = Selector.open()) {
                        closing.register(selector, SelectionKey.OP_ACCEPT);
                        while (true) {
                            selector.select();
                            selector.selectedKeys().clear();
                            SocketChannel another = closing.accept();
                            if (another != null) {
                                System.err.println("refused a second connection, from " + another.getRemoteAddress());
                                another.close();
                            }
                        }
                    } catch (IOException e) {
                        // Nobody can connect any more, which is as good.
                        return;
                    }
                },
                "refuse");
        refusing.setDaemon(true);
        refusing.start();
    }

    private boolean isAllowed(SocketChannel peer) throws IOException {
        return settings.peer().isEmpty()
                || ((InetSocketAddress) peer.getRemoteAddress())
                        .getAddress()
                        .equals(InetAddress.getByName(settings.peer()));
    }

    /** While nobody is connected there is nothing to protect: an end of standard input (vfrt died or gave up) ends this. */
    private void leaveWhenInputEnds() {
        Thread watcher = new Thread(
                () -> {
                    try {
                        while (System.in.read() >= 0) {
                            // only the end counts
                        }
                    } catch (IOException e) {
                        // as good as an end
                    }
                    if (connected.compareAndSet(false, true)) {
                        Runtime.getRuntime().halt(0);
                    }
                },
                "input");
        watcher.setDaemon(true);
        watcher.start();
    }

    /** Reads until the source is done. Returns what broke, or an empty text. */
    private String read(SocketChannel source) throws InterruptedException {
        try (Selector selector = Selector.open()) {
            source.configureBlocking(false);
            source.register(selector, SelectionKey.OP_READ);
            while (true) {
                int bytes = readSome(source);
                if (bytes < 0) {
                    return "";
                }
                if (bytes == 0 && selector.select(settings.idleMillis()) == 0) {
                    return "no byte came for " + settings.idleMillis() / 1000 + " s";
                }
                selector.selectedKeys().clear();
            }
        } catch (IOException e) {
            return "the data connection broke: " + e.getMessage();
        }
    }

    private int readSome(SocketChannel source) throws IOException, InterruptedException {
        Optional<ByteBuffer> room = buffer.room(READ_BYTES_MAX, settings.stallMillis());
        if (room.isPresent()) {
            int bytes = source.read(room.get());
            if (bytes > 0) {
                buffer.arrived(bytes, System.nanoTime());
            }
            return bytes;
        }
        // Better to lose the image than to hold the guest up for ever in its last round.
        buffer.discard();
        return source.read(thrownAway.clear());
    }

    private void handOn(SocketChannel source) {
        try {
            write(Frame.CONNECTED, System.nanoTime(), text(String.valueOf(source.getRemoteAddress())));
            Optional<ArrivalBuffer.Arrival> arrival = buffer.take();
            while (arrival.isPresent()) {
                int bytes = arrival.get().bytes().remaining();
                write(Frame.DATA, arrival.get().nanos(), arrival.get().bytes());
                buffer.release(bytes);
                arrival = buffer.take();
            }
        } catch (IOException e) {
            // vfrt is gone. The source must not notice.
            buffer.discard();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void write(byte kind, long nanos, ByteBuffer body) throws IOException {
        header.clear().put(kind).putLong(nanos).putInt(body.remaining()).flip();
        ByteBuffer[] frame = {header, body};
        while (header.hasRemaining() || body.hasRemaining()) {
            output.write(frame);
        }
    }

    private static ByteBuffer text(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }
}
