package org.vfrt.cli.output;

import java.io.PrintWriter;
import org.vfrt.core.checkpoint.Progress;
import org.vfrt.core.text.Amounts;

/** One line on a terminal that is written over and over, at most five times a second. Safe for several threads. */
public final class ProgressLine implements Progress, AutoCloseable {

    private static final long INTERVAL_NANOS = 200_000_000;

    private final PrintWriter err;
    private final String subject;
    private String phase = "";
    private long lastNanos;
    private int width;

    /** Begins a line for one thing, for example a guest. */
    public ProgressLine(PrintWriter err, String subject) {
        this.err = err;
        this.subject = subject;
    }

    @Override
    public synchronized void at(String nowPhase, long doneBytes, long totalBytes) {
        long now = System.nanoTime();
        boolean samePhase = nowPhase.equals(phase);
        if (samePhase && now - lastNanos < INTERVAL_NANOS) {
            return;
        }
        phase = nowPhase;
        lastNanos = now;
        show(subject + ": " + phase + amount(doneBytes, totalBytes));
    }

    private static String amount(long doneBytes, long totalBytes) {
        if (totalBytes <= 0) {
            return doneBytes <= 0 ? "" : " " + Amounts.bytes(doneBytes);
        }
        // A live capture sends pages again: more than the total may come, and 100 % would look like the end.
        long percent = Math.min(99, (long) (doneBytes * 100.0 / totalBytes));
        return " " + (doneBytes == totalBytes ? 100 : percent) + " %, " + Amounts.bytes(doneBytes) + " of "
                + Amounts.bytes(totalBytes);
    }

    /** Wipes the line, so that the result stands alone. */
    @Override
    public synchronized void close() {
        if (width > 0) {
            show("");
            err.print("\r");
            err.flush();
            width = 0;
        }
    }

    private void show(String text) {
        err.print("\r" + text + " ".repeat(Math.max(0, width - text.length())));
        err.flush();
        width = text.length();
    }
}
