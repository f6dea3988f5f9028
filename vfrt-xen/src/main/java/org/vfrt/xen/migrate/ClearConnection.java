package org.vfrt.xen.migrate;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vfrt.core.checkpoint.Progress;
import org.vfrt.core.failure.Failure;
import org.vfrt.xen.host.HostScript;
import org.vfrt.xen.host.HostShell;

/**
 * The connection on which a guest's memory goes from host to host in clear, looked at every few seconds through what the source's kernel says of it
 * ({@code ss}): how much was sent, and whether the other side is still heard. One that is dead is ended: TCP by itself would wait for a quarter of
 * an hour, and the guest, if it is suspended by then, as long.
 */
final class ClearConnection implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ClearConnection.class);

    private static final HostScript SCRIPT = HostScript.beside(ClearConnection.class, "connection.sh");

    /** One session makes all looks. */
    private static final String LEAST_PAUSE_MILLIS = "2000";

    /** What has arrived by then needs no look; and the session costs the source a moment in which it does not send. */
    private static final Duration BEFORE_THE_FIRST = Duration.ofSeconds(5);

    /** So long nothing is heard of what was sent: six or seven repetitions. A host that is only busy acknowledges, in its kernel. */
    private static final Duration DEAD = Duration.ofSeconds(20);

    private static final Duration LIMIT = Duration.ofSeconds(20);

    private final HostShell source;
    private final HostShell target;
    private final String targetAddress;
    private final String port;
    private final long totalBytes;
    private final Progress progress;
    private final Thread watch = new Thread(this::watch, "vfrt-clear-connection");
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile boolean ended;
    private volatile long bytes;

    private ClearConnection(
            HostShell source, HostShell target, String targetAddress, int port, long totalBytes, Progress progress) {
        this.source = source;
        this.target = target;
        this.targetAddress = targetAddress;
        this.port = Integer.toString(port);
        this.totalBytes = totalBytes;
        this.progress = progress;
    }

    /**
     * @param targetAddress how the source calls the target
     * @param port where the target receives
     */
    static ClearConnection watch(
            HostShell source, HostShell target, String targetAddress, int port, long totalBytes, Progress progress) {
        ClearConnection connection = new ClearConnection(source, target, targetAddress, port, totalBytes, progress);
        connection.watch.setDaemon(true);
        connection.watch.start();
        return connection;
    }

    /** Returns the most that was seen to arrive; what was sent after the last look is not in it. */
    long bytes() {
        return bytes;
    }

    /** Returns why it was ended from here; empty when it was not. */
    Optional<String> cut() {
        return ended
                ? Optional.of(
                        "nothing was heard of its new host for " + DEAD.toSeconds() + " s, so the connection was ended")
                : Optional.empty();
    }

    private void watch() {
        Process looking;
        try {
            if (closed.await(BEFORE_THE_FIRST.toMillis(), TimeUnit.MILLISECONDS)) {
                return;
            }
            looking = SCRIPT.start(source, List.of("look", targetAddress, port, LEAST_PAUSE_MILLIS));
        } catch (Failure e) {
            // The migration itself will notice, if it matters.
            LOG.debug("looking at the connection: {}", e.getMessage());
            return;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        }
        try (BufferedReader looks = looking.inputReader(StandardCharsets.US_ASCII)) {
            StringBuilder look = new StringBuilder();
            for (String line = looks.readLine();
                    line != null && closed.getCount() > 0 && !ended;
                    line = looks.readLine()) {
                look.append(line).append(' ');
                if (line.isEmpty()) {
                    Look.of(look.toString()).ifPresent(this::consider);
                    look.setLength(0);
                }
            }
        } catch (IOException | Failure e) {
            LOG.debug("looking at the connection: {}", e.getMessage());
        } finally {
            // The next look there finds nobody who listens, and ends.
            looking.destroy();
        }
    }

    private void consider(Look look) {
        if (look.ackedBytes > bytes) {
            bytes = look.ackedBytes;
            progress.at("migrate", look.ackedBytes, totalBytes);
        }
        if (look.dead(DEAD)) {
            ended = true;
            LOG.warn("nothing is heard of the migration's target: its connection is ended");
            SCRIPT.run(source, List.of("end", targetAddress, port), LIMIT);
        }
    }

    /**
     * Ends the target's side of a connection that broke. Behind a line that was cut it would never hear of that, and libvirt there waits for the end of
     * it before it takes back what it received.
     */
    void endOnTarget() {
        try {
            SCRIPT.run(target, List.of("end-arriving", port), LIMIT);
        } catch (Failure e) {
            LOG.debug("ending the connection on the target: {}", e.getMessage());
        }
    }

    /** Ends the looking, too late by a look at most. */
    @Override
    public void close() {
        closed.countDown();
    }

    /**
     * What {@code ss -tinH} says of one connection.
     *
     * @param waitingBytes sent, or to be sent, and not acknowledged
     * @param silence since something was acknowledged last
     */
    record Look(long waitingBytes, long ackedBytes, Duration silence) {

        private static final Pattern QUEUES = Pattern.compile("^\\s*\\d{1,18}\\s+(\\d{1,18})\\s");
        private static final Pattern ACKED = Pattern.compile("\\bbytes_acked:(\\d{1,18})");
        private static final Pattern LAST_ACK = Pattern.compile("\\blastack:(\\d{1,18})");

        static Optional<Look> of(String text) {
            Optional<Long> waiting = number(QUEUES, text);
            return waiting.map(bytes -> new Look(
                    bytes,
                    number(ACKED, text).orElse(0L),
                    Duration.ofMillis(number(LAST_ACK, text).orElse(0L))));
        }

        boolean dead(Duration limit) {
            return waitingBytes > 0 && silence.compareTo(limit) > 0;
        }

        private static Optional<Long> number(Pattern pattern, String text) {
            Matcher matcher = pattern.matcher(text);
            return matcher.find() ? Optional.of(Long.parseLong(matcher.group(1))) : Optional.empty();
        }
    }
}
