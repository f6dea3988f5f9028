package org.vfrt.xen.migrate;

import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vfrt.core.checkpoint.Progress;
import org.vfrt.core.failure.Failure;
import org.vfrt.xen.host.HostShell;

/** Counts what a host has sent to a port, by what its kernel says of the connection ({@code ss}, bytes_acked), every few seconds. */
final class SentBytes implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(SentBytes.class);

    private static final Pattern ACKED = Pattern.compile("bytes_acked:(\\d{1,18})");
    private static final Duration LIMIT = Duration.ofSeconds(20);

    /** A look costs the host a process. */
    private static final long EVERY_MILLIS = 3_000;

    private final HostShell shell;
    private final int port;
    private final long totalBytes;
    private final Progress progress;
    private final Thread counter = new Thread(this::count, "vfrt-sent");
    private volatile boolean closed;
    private volatile long bytes;

    private SentBytes(HostShell shell, int port, long totalBytes, Progress progress) {
        this.shell = shell;
        this.port = port;
        this.totalBytes = totalBytes;
        this.progress = progress;
    }

    static SentBytes watch(HostShell shell, int port, long totalBytes, Progress progress) {
        SentBytes sent = new SentBytes(shell, port, totalBytes, progress);
        sent.counter.setDaemon(true);
        sent.counter.start();
        return sent;
    }

    /** Returns the most that was seen; what was sent after the last look is not in it. */
    long bytes() {
        return bytes;
    }

    private void count() {
        try {
            while (!closed) {
                Thread.sleep(EVERY_MILLIS);
                HostShell.Result found =
                        shell.run(List.of("ss", "-tinH", "state", "established", "dport = :" + port), LIMIT);
                long acked = acked(found.output());
                if (acked > bytes) {
                    bytes = acked;
                    progress.at("migrate", acked, totalBytes);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Failure e) {
            // The migration itself will notice, if it matters.
            LOG.debug("counting: {}", e.getMessage());
        }
    }

    static long acked(String text) {
        Matcher matcher = ACKED.matcher(text);
        return matcher.find() ? Long.parseLong(matcher.group(1)) : 0;
    }

    @Override
    public void close() {
        closed = true;
        counter.interrupt();
    }
}
