package org.vfrt.xen.endpoint;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.CodeSource;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vfrt.core.checkpoint.ArrivingImage;
import org.vfrt.core.failure.Failed;

/**
 * A data port in a process of its own (see {@link Receiver}), and the stream that comes out of it.
 *
 * <p>Guarantee: once the source has connected, the process takes its data to the end, also when this object is closed or the
 * whole of vfrt dies, also by Ctrl-C or SIGTERM. The image is read by one thread at a time.
 */
public final class ReceiverProcess implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ReceiverProcess.class);

    private static final Duration START_DEADLINE = Duration.ofSeconds(30);
    private static final Duration LEAVE_DEADLINE = Duration.ofSeconds(2);
    private static final int STDERR_BYTES_MAX = 4096;

    /**
     * Signals that reach vfrt's process group or service must not reach the receiver: ignored ones stay ignored across exec,
     * the JVM leaves them alone because of -Xrs, and setsid takes the process away from the terminal.
     */
    private static final String SHIELD = "trap '' INT HUP QUIT TERM; "
            + "if command -v setsid >/dev/null 2>&1; then exec setsid \"$@\"; else exec \"$@\"; fi";

    private final Process process;
    private final DataInputStream frames;
    private final AtomicReference<String> complaints = new AtomicReference<>("");
    private final Image image = new Image();
    private int port;

    private ReceiverProcess(Process process) {
        this.process = process;
        this.frames = new DataInputStream(new BufferedInputStream(process.getInputStream(), 256 << 10));
        collect(process.getErrorStream());
    }

    /**
     * Starts a receiver and waits until its port listens.
     *
     * @throws Failed when it does not start, or the address or port is not to be had; nothing is left running
     */
    public static ReceiverProcess start(ReceiverSettings settings) {
        Process process;
        try {
            ProcessBuilder builder = new ProcessBuilder(command(settings));
            // These make the JVM print on the stream that carries the frames, or change what it does.
            List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS").forEach(builder.environment()::remove);
            builder.directory(Path.of("/").toFile());
            process = builder.start();
        } catch (IOException e) {
            throw notStarted(String.valueOf(e.getMessage()), e);
        }
        ReceiverProcess receiver = new ReceiverProcess(process);
        try {
            receiver.port = receiver.awaitPort();
            return receiver;
        } catch (IOException e) {
            // No port, no connection, no guest that could be hurt.
            process.destroyForcibly();
            throw notStarted(e.getMessage() + receiver.complaints.get(), e);
        }
    }

    /** Returns the port that listens. */
    public int port() {
        return port;
    }

    /** Returns the stream. Its first read waits for the source to connect. */
    public ArrivingImage image() {
        return image;
    }

    /** Returns what the process has complained of until now, its first words only. */
    String complaints() {
        return Objects.requireNonNullElse(complaints.get(), "");
    }

    /** Returns the id of the process, for the journal. */
    public long pid() {
        return process.pid();
    }

    /**
     * Reads and throws away what still comes, until the source closes or the receiver gives it up as idle.
     *
     * @return whether the connection ended cleanly
     */
    public boolean drain() {
        byte[] thrownAway = new byte[64 << 10];
        try (InputStream rest = image.bytes()) {
            while (rest.read(thrownAway) >= 0) {
                // thrown away
            }
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * Lets go of the process. Without a connection it ends at once. With one it goes on by itself until the source is done and
     * then ends; the image can no longer be read.
     */
    @Override
    public void close() {
        closeQuietly(process.getOutputStream());
        // Closing this end turns the receiver's next write into an error, on which it goes on without us.
        closeQuietly(process.getInputStream());
        closeQuietly(process.getErrorStream());
        try {
            process.waitFor(LEAVE_DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static List<String> command(ReceiverSettings settings) {
        Receiver.Settings words = new Receiver.Settings(
                settings.bindAddress().getHostAddress(),
                settings.port(),
                settings.peer().map(InetAddress::getHostAddress).orElse(""),
                settings.bufferBytes(),
                settings.acceptDeadline().toMillis(),
                settings.idleDeadline().toMillis(),
                settings.stallDeadline().toMillis());
        List<String> java = List.of(
                "/bin/sh",
                "-c",
                SHIELD,
                "vfrt-receiver",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx24m",
                "-Xss512k",
                "-XX:MaxDirectMemorySize=" + (settings.bufferBytes() + (8 << 20)),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:-UsePerfData",
                "-Xrs",
                "-Xlog:disable",
                "-Xlog:all=error:stderr",
                "-cp",
                ownClasses().toString(),
                Receiver.class.getName());
        return Stream.concat(java.stream(), Stream.of(words.toWords())).toList();
    }

    /** Returns the jar or directory this class came from; the receiver needs nothing else. */
    private static Path ownClasses() {
        CodeSource source =
                Objects.requireNonNull(Receiver.class.getProtectionDomain().getCodeSource(), "classes without a place");
        try {
            return Path.of(source.getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException("classes at an odd place: " + source.getLocation(), e);
        }
    }

    private int awaitPort() throws IOException {
        CompletableFuture<String> first = new CompletableFuture<>();
        Thread reader = new Thread(
                () -> {
                    try {
                        first.complete(readListening());
                    } catch (IOException e) {
                        first.completeExceptionally(e);
                    }
                },
                "vfrt-receiver-start");
        reader.setDaemon(true);
        reader.start();
        try {
            return Integer.parseInt(first.get(START_DEADLINE.toSeconds(), TimeUnit.SECONDS));
        } catch (ExecutionException e) {
            Throwable cause = Objects.requireNonNullElse(e.getCause(), e);
            throw new IOException(String.valueOf(cause.getMessage()), e);
        } catch (TimeoutException e) {
            throw new IOException("no answer within " + START_DEADLINE.toSeconds() + " s", e);
        } catch (NumberFormatException e) {
            throw new IOException("it speaks another language", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private String readListening() throws IOException {
        byte kind = nextKind();
        frames.readLong();
        String text = readText();
        if (kind != Frame.LISTENING) {
            throw new IOException(text);
        }
        return text;
    }

    private byte nextKind() throws IOException {
        try {
            return frames.readByte();
        } catch (EOFException e) {
            throw new IOException("the receiver process ended without a word", e);
        }
    }

    private int readLength() throws IOException {
        int length = frames.readInt();
        if (length < 0 || length > Frame.BODY_BYTES_MAX) {
            throw new IOException("the receiver process sent a frame of " + length + " bytes");
        }
        return length;
    }

    private String readText() throws IOException {
        return new String(frames.readNBytes(readLength()), StandardCharsets.UTF_8);
    }

    /** Keeps the first words of the process, so that a start that fails can be explained; reads on so that it never blocks. */
    private void collect(InputStream stderr) {
        Thread reader = new Thread(
                () -> {
                    byte[] words = new byte[1024];
                    try (stderr) {
                        int bytes = stderr.read(words);
                        while (bytes >= 0) {
                            String more = new String(words, 0, bytes, StandardCharsets.UTF_8).strip();
                            LOG.warn("receiver: {}", more);
                            complaints.updateAndGet(
                                    kept -> kept.length() < STDERR_BYTES_MAX ? kept + ": " + more : kept);
                            bytes = stderr.read(words);
                        }
                    } catch (IOException e) {
                        // closed from this side
                    }
                },
                "vfrt-receiver-stderr");
        reader.setDaemon(true);
        reader.start();
    }

    private static void closeQuietly(AutoCloseable stream) {
        try {
            stream.close();
        } catch (Exception e) {
            // The process is let go either way.
        }
    }

    private static Failed notStarted(String why, Throwable cause) {
        return new Failed(
                "receiver-not-started",
                "the process that receives the image did not start: " + why,
                "No guest was touched. Look at free memory, and whether the address and port are to be had.",
                cause);
    }

    private final class Image implements ArrivingImage {

        private final Bytes bytes = new Bytes();
        private volatile long arrivalNanos;

        @Override
        public InputStream bytes() {
            return bytes;
        }

        @Override
        public long arrivalNanos() {
            return arrivalNanos;
        }
    }

    /** The bodies of the data frames, one after the other. */
    private final class Bytes extends InputStream {

        private int left;
        private boolean ended;
        private String broken = "";

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public synchronized int read(byte[] target, int offset, int length) throws IOException {
            Objects.checkFromIndexSize(offset, length, target.length);
            if (length == 0) {
                return 0;
            }
            try {
                while (left == 0 && !ended) {
                    nextFrame();
                }
                if (ended) {
                    return end();
                }
                int bytes = frames.read(target, offset, Math.min(left, length));
                if (bytes < 0) {
                    throw new EOFException("the receiver process ended inside of a frame");
                }
                left -= bytes;
                return bytes;
            } catch (IOException e) {
                ended = true;
                broken = broken.isEmpty() ? String.valueOf(e.getMessage()) : broken;
                throw e;
            }
        }

        private int end() throws IOException {
            if (!broken.isEmpty()) {
                throw new IOException(broken);
            }
            return -1;
        }

        private void nextFrame() throws IOException {
            byte kind = nextKind();
            long nanos = frames.readLong();
            switch (kind) {
                case Frame.DATA -> {
                    left = readLength();
                    image.arrivalNanos = nanos;
                }
                case Frame.CONNECTED -> readText();
                case Frame.END -> {
                    readText();
                    ended = true;
                }
                case Frame.BROKEN -> throw new IOException(readText());
                default -> throw new IOException("the receiver process sent a frame of the unknown kind " + kind);
            }
        }
    }
}
