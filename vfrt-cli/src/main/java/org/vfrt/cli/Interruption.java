package org.vfrt.cli;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * What happens on SIGINT, SIGTERM and SIGHUP. A command that only reads ends at once. One that moves a guest's memory is given
 * a bounded time to end by itself, because the worst moment to leave is the last copy round (bug C): a capture in it is over
 * within that time. After it the process ends anyway; libvirt lets the guest run on when vfrt is gone, and the journal tells the
 * next command what to settle. Nothing is cancelled from outside: there is no point in a transfer at which breaking it off is
 * safer than the death of the process, which is what everything is built to survive.
 *
 * <p>Safe for several threads.
 */
final class Interruption {

    /** Shorter than systemd's 90 s between SIGTERM and SIGKILL. */
    static final Duration GRACE = Duration.ofSeconds(60);

    private final PrintWriter err;
    private final Duration grace;
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile String critical = "";
    private volatile boolean requested;

    Interruption(PrintWriter err, Duration grace) {
        this.err = err;
        this.grace = grace;
    }

    /** Makes the JVM call {@link #onSignal} when it is asked to end. */
    void install() {
        Runtime.getRuntime().addShutdownHook(new Thread(this::onSignal, "interruption"));
    }

    /** Returns whether the process is to end: begin nothing new. */
    boolean requested() {
        return requested;
    }

    /** Runs work that must not be torn: a signal meanwhile waits for its end. */
    void shelter(String operation, Runnable work) {
        critical = operation;
        try {
            work.run();
        } finally {
            critical = "";
        }
    }

    /** The run is over, and its output is written. */
    void ended() {
        ended.countDown();
    }

    /** Returns when the process may end; at once when the run is over. */
    void onSignal() {
        if (ended.getCount() == 0) {
            return;
        }
        requested = true;
        String operation = critical;
        if (operation.isEmpty()) {
            return;
        }
        err.println("vfrt: interrupted: '" + operation + "' gets up to " + grace.toSeconds() + " s to end safely");
        err.flush();
        try {
            if (!ended.await(grace.toMillis(), TimeUnit.MILLISECONDS)) {
                err.println("vfrt: '" + operation
                        + "' was left in the middle: the next command that changes something settles it");
                err.println("HINT: 'vfrt host check' settles it now and says what it found.");
                err.flush();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
