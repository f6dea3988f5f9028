package org.vfrt.xen.endpoint;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One client. Its thread reads messages and answers the short calls; calls that last run one after the other in a second
 * thread, so that the end of the connection is seen and pings are answered while Finish is held.
 */
final class RpcConnection implements Runnable {

    /** Bodies grow by what has arrived: a client that announces much and sends little costs this much. */
    private static final int FIRST_BODY_BYTES = 64 << 10;

    /** No message is under way. */
    private static final long IDLE = 0;

    private final SocketChannel channel;
    private final RpcLimits limits;
    private final Role role;
    private final CommonCalls calls;
    private final ThreadPoolExecutor lasting;
    private final AtomicLong readingSinceNanos = new AtomicLong(IDLE);
    private final AtomicLong writingSinceNanos = new AtomicLong(IDLE);
    private final AtomicBoolean ended = new AtomicBoolean();

    RpcConnection(SocketChannel channel, RpcLimits limits, Role role) {
        this.channel = channel;
        this.limits = limits;
        this.role = role;
        this.calls = new CommonCalls(role);
        // one call at work and one waiting: a libvirt client never has more than one of these on its way
        this.lasting = new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(1), task -> {
            Thread thread = new Thread(task, "vfrt-endpoint-call");
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Serves the client until it leaves, breaks the protocol, or the server closes. Throws nothing. */
    @Override
    public void run() {
        try {
            while (serveOne()) {
                readingSinceNanos.set(IDLE);
            }
        } catch (IOException | RuntimeException e) {
            // The client is gone, or this is a bug in a role; either way this connection is over and the others live
            // on.
        } finally {
            end();
        }
    }

    /** Ends the connection, and interrupts a call that lasts. Idempotent, any thread. */
    void close() {
        closeChannel();
        lasting.shutdownNow();
    }

    /** Waits for a call that lasts to come to its end after {@link #close}. */
    void awaitEnd(Duration deadline) throws InterruptedException {
        lasting.awaitTermination(deadline.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Closes the connection when a message has been under way for too long. */
    void closeIfStalled() {
        long now = System.nanoTime();
        if (overdue(readingSinceNanos.get(), now) || overdue(writingSinceNanos.get(), now)) {
            closeChannel();
        }
    }

    boolean hasEnded() {
        return ended.get();
    }

    private boolean overdue(long sinceNanos, long nowNanos) {
        return sinceNanos != IDLE
                && nowNanos - sinceNanos > limits.messageDeadline().toNanos();
    }

    private void end() {
        closeChannel();
        if (ended.compareAndSet(false, true)) {
            role.gone(this);
        }
        lasting.shutdown();
    }

    private void closeChannel() {
        try {
            channel.close();
        } catch (IOException e) {
            // It is unusable either way.
        }
    }

    /** Reads and handles one message. Returns whether the connection goes on. */
    private boolean serveOne() throws IOException {
        ByteBuffer head = ByteBuffer.allocate(MessageHeader.LENGTH_BYTES + MessageHeader.BYTES);
        if (!fill(head, true)) {
            return false;
        }
        head.flip();
        int length = head.getInt();
        MessageHeader header = MessageHeader.read(head);
        if (length < MessageHeader.LENGTH_BYTES + MessageHeader.BYTES || length > limits.messageBytes()) {
            refuse(
                    header,
                    new RpcError(
                            RpcError.RPC,
                            "a message of " + Integer.toUnsignedString(length) + " bytes is outside of the limits"));
            return false;
        }
        ByteBuffer body = readBody(length - MessageHeader.LENGTH_BYTES - MessageHeader.BYTES);
        readingSinceNanos.set(IDLE);
        return dispatch(header, body);
    }

    private ByteBuffer readBody(int bytes) throws IOException {
        byte[] body = new byte[Math.min(bytes, FIRST_BODY_BYTES)];
        int filled = 0;
        while (true) {
            ByteBuffer part = ByteBuffer.wrap(body, filled, body.length - filled);
            fill(part, false);
            filled = body.length;
            if (filled == bytes) {
                return ByteBuffer.wrap(body);
            }
            body = Arrays.copyOf(body, (int) Math.min(bytes, 2L * filled));
        }
    }

    /** Fills a buffer. Returns false when the stream ends before its first byte and it may. */
    private boolean fill(ByteBuffer buffer, boolean mayEnd) throws IOException {
        int start = buffer.position();
        while (buffer.hasRemaining()) {
            if (channel.read(buffer) < 0) {
                if (mayEnd && buffer.position() == start) {
                    return false;
                }
                throw new EOFException("the client left inside a message");
            }
            readingSinceNanos.compareAndSet(IDLE, notIdle(System.nanoTime()));
        }
        return true;
    }

    private boolean dispatch(MessageHeader header, ByteBuffer body) throws IOException {
        if (header.program() == MessageHeader.KEEPALIVE_PROGRAM && header.type() == MessageHeader.EVENT) {
            if (header.procedure() == MessageHeader.KEEPALIVE_PING) {
                pong();
            }
            return true;
        }
        if (header.type() == MessageHeader.CALL_WITH_FDS) {
            // The descriptors come as bytes of their own after the message: what follows cannot be told apart any more.
            refuse(header, new RpcError(RpcError.NO_SUPPORT, "vfrt's store takes no file descriptors"));
            return false;
        }
        if (header.type() != MessageHeader.CALL) {
            return true;
        }
        if (header.program() != MessageHeader.REMOTE_PROGRAM || header.version() != MessageHeader.REMOTE_VERSION) {
            return write(
                    header.reply(MessageHeader.ERROR),
                    new RpcError(
                                    RpcError.RPC,
                                    "vfrt's store does not know program 0x" + Integer.toHexString(header.program())
                                            + " version " + Integer.toUnsignedString(header.version()))
                            .toBytes());
        }
        if (role.lasts(header.procedure())) {
            return later(header, body);
        }
        return answer(header, body) && channel.isOpen();
    }

    private boolean later(MessageHeader header, ByteBuffer body) throws IOException {
        try {
            lasting.execute(() -> {
                boolean delivered = false;
                try {
                    delivered = answer(header, body);
                } catch (IOException e) {
                    closeChannel();
                } finally {
                    role.answered(this, header.procedure(), delivered && !ended.get());
                }
            });
            return true;
        } catch (RejectedExecutionException e) {
            return write(
                    header.reply(MessageHeader.ERROR),
                    new RpcError(RpcError.OPERATION_INVALID, "another call of this connection is still at work")
                            .toBytes());
        }
    }

    /** Answers one call. Returns whether the answer was written; a malformed call is answered, and ends the connection. */
    private boolean answer(MessageHeader header, ByteBuffer body) throws IOException {
        Answer answer;
        try {
            answer = calls.call(this, header.procedure(), new XdrReader(body));
        } catch (MalformedMessage e) {
            refuse(
                    header,
                    new RpcError(
                            RpcError.RPC,
                            "the call of procedure " + header.procedure() + " is malformed: " + e.getMessage()));
            closeChannel();
            return false;
        } catch (RuntimeException e) {
            answer = new RpcError(RpcError.INTERNAL, "vfrt's store failed inside: " + e);
        }
        if (answer instanceof Answer.Result result) {
            return write(header.reply(MessageHeader.OK), result.body().toBytes());
        }
        return write(header.reply(MessageHeader.ERROR), ((RpcError) answer).toBytes());
    }

    private void refuse(MessageHeader header, RpcError error) throws IOException {
        if (header.type() == MessageHeader.CALL || header.type() == MessageHeader.CALL_WITH_FDS) {
            write(header.reply(MessageHeader.ERROR), error.toBytes());
        }
    }

    private void pong() throws IOException {
        write(
                new MessageHeader(
                        MessageHeader.KEEPALIVE_PROGRAM,
                        MessageHeader.KEEPALIVE_VERSION,
                        MessageHeader.KEEPALIVE_PONG,
                        MessageHeader.EVENT,
                        0,
                        MessageHeader.OK),
                new byte[0]);
    }

    private synchronized boolean write(MessageHeader header, byte[] body) throws IOException {
        writingSinceNanos.set(notIdle(System.nanoTime()));
        try {
            ByteBuffer message = header.message(body);
            while (message.hasRemaining()) {
                channel.write(message);
            }
            return true;
        } finally {
            writingSinceNanos.set(IDLE);
        }
    }

    /** nanoTime may be any number, also the one that stands for idle. */
    private static long notIdle(long nanos) {
        return nanos == IDLE ? 1 : nanos;
    }
}
