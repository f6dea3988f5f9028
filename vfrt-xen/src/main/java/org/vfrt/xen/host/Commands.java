package org.vfrt.xen.host;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Temporary;
import org.vfrt.core.failure.TimedOut;
import org.vfrt.xen.host.HostShell.Result;

/** Runs processes of this machine, within a time and an output limit. */
final class Commands {

    private static final Logger LOG = LoggerFactory.getLogger(Commands.class);

    /** How long a killed process may take to be gone, and its output with it. */
    private static final Duration KILL = Duration.ofSeconds(5);

    private final String hostName;

    Commands(String hostName) {
        this.hostName = hostName;
    }

    /** Starts a process in a session of its own, so that a Ctrl-C at the terminal does not reach it (it would cut tunnels). */
    Process start(List<String> argv) {
        if (argv.isEmpty()) {
            throw new IllegalArgumentException("a command needs a program");
        }
        List<String> command = new ArrayList<>(List.of("setsid", "--"));
        command.addAll(argv);
        try {
            return new ProcessBuilder(command).start();
        } catch (IOException e) {
            throw new Failed(
                    "command-missing",
                    "'" + argv.get(0) + "' cannot be started on this machine: " + e.getMessage(),
                    "Install it, or correct PATH; 'setsid' is in util-linux.",
                    e);
        }
    }

    /**
     * @param what how to call it in messages
     */
    Result run(List<String> argv, String what, InputStream input, Duration timeout) {
        long begunNanos = System.nanoTime();
        Process process = start(argv);
        Limited output = new Limited(process.getInputStream(), process);
        Limited errors = new Limited(process.getErrorStream(), process);
        List<Thread> threads = List.of(
                thread("out", output),
                thread("err", errors),
                thread("in", () -> feed(input, process.getOutputStream())));
        try {
            if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new TimedOut(
                        "command-timeout",
                        "'" + what + "' on host '" + hostName + "' was still running after " + timeout.toSeconds()
                                + " s and was killed",
                        "See whether the host is overloaded, or the disk full.");
            }
            // A child in the background may hold the pipes open for ever; what came until now is what the command said.
            for (Thread reader : threads.subList(0, 2)) {
                reader.join(KILL.toMillis());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Temporary(
                    "interrupted", "'" + what + "' on host '" + hostName + "' was interrupted and killed", "", e);
        } finally {
            kill(process);
            LOG.debug("host '{}', {} ms: '{}'", hostName, (System.nanoTime() - begunNanos) / 1_000_000, what);
        }
        if (output.overflow || errors.overflow) {
            throw new Failed(
                    "command-output",
                    "'" + what + "' on host '" + hostName + "' wrote more than " + HostShell.OUTPUT_BYTES_MAX
                            + " bytes and was killed",
                    "Run it by hand and look.");
        }
        return new Result(process.exitValue(), output.text(), errors.text());
    }

    static void kill(Process process) {
        if (process.isAlive()) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    private static Thread thread(String name, Runnable work) {
        Thread thread = new Thread(work, "vfrt-command-" + name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private static void feed(InputStream input, OutputStream to) {
        try (OutputStream closing = to) {
            input.transferTo(closing);
        } catch (IOException e) {
            // The command ended without reading everything: its exit code tells.
            return;
        }
    }

    /** Reads all, keeps the beginning, and kills the process that writes too much. */
    private static final class Limited implements Runnable {

        private final InputStream from;
        private final Process process;
        private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
        private volatile boolean overflow;

        Limited(InputStream from, Process process) {
            this.from = from;
            this.process = process;
        }

        @Override
        public void run() {
            byte[] buffer = new byte[8192];
            try {
                for (int n = from.read(buffer); n >= 0; n = from.read(buffer)) {
                    if (kept.size() + n > HostShell.OUTPUT_BYTES_MAX) {
                        overflow = true;
                        kill(process);
                        return;
                    }
                    kept.write(buffer, 0, n);
                }
            } catch (IOException e) {
                // The process was killed under the reader.
                return;
            }
        }

        String text() {
            return kept.toString(StandardCharsets.UTF_8);
        }
    }

    /** The bytes that a process writes; they end well only if the process does. */
    static final class Output extends InputStream {

        /** A disk behind a busy dom0 can take many seconds for a read; a minute without one byte is a dead host. */
        private static final Duration STALL = Duration.ofSeconds(60);

        private static final Duration EXIT = Duration.ofSeconds(10);

        private final Process process;
        private final InputStream from;
        private final String what;
        private final Thread watch;
        private volatile long readingSinceNanos;
        private volatile boolean reading;
        private volatile boolean stalled;
        private volatile boolean closed;

        Output(Process process, String what) {
            this.process = process;
            this.from = process.getInputStream();
            this.what = what;
            this.watch = thread("watch", this::watch);
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            readingSinceNanos = System.nanoTime();
            reading = true;
            try {
                int n = from.read(buffer, offset, length);
                if (n < 0) {
                    checkEnd();
                }
                return n;
            } finally {
                reading = false;
            }
        }

        /** The pipe closes in the same way whether all was sent or the sender died: only the exit code tells. */
        private void checkEnd() throws IOException {
            try {
                if (stalled || !process.waitFor(EXIT.toMillis(), TimeUnit.MILLISECONDS)) {
                    throw new IOException(what + ": nothing came for " + STALL.toSeconds() + " s");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException(what + ": interrupted", e);
            }
            if (process.exitValue() != 0) {
                throw new IOException(what + ": " + complaint());
            }
        }

        private String complaint() {
            String text;
            try {
                text = new String(process.getErrorStream().readNBytes(4096), StandardCharsets.UTF_8).strip();
            } catch (IOException e) {
                text = "";
            }
            return text.isEmpty() ? "exit code " + process.exitValue() : text;
        }

        private void watch() {
            while (!closed && process.isAlive()) {
                if (reading && System.nanoTime() - readingSinceNanos > STALL.toNanos()) {
                    stalled = true;
                    kill(process);
                }
                try {
                    Thread.sleep(250);
                } catch (InterruptedException e) {
                    return;
                }
            }
        }

        @Override
        public void close() throws IOException {
            closed = true;
            watch.interrupt();
            kill(process);
            from.close();
        }
    }
}
