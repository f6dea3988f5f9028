package org.vfrt.xen.disk;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The host's program that reads files: an answer of one line, then an archive. It is told all the time that somebody is there, and takes everything
 * down when it is not. For one thread.
 */
final class FileStream implements AutoCloseable {

    /** The host waits for a minute. */
    private static final Duration SIGN_OF_LIFE = Duration.ofSeconds(10);

    /** Taking down a volume of LVM, where others have its group locked. */
    private static final Duration GOODBYE = Duration.ofMinutes(2);

    private static final int ANSWER_BYTES_MAX = 64 << 10;
    private static final String LEFT_OUT = "left\t";

    private final Process process;
    private final InputStream output;
    private final Thread living;
    private final Thread complaining;
    private volatile String complaint = "";
    private volatile long leftOut;

    FileStream(Process process) {
        this.process = process;
        this.output = process.getInputStream();
        this.living = daemon("files-life", this::live);
        this.complaining = daemon("files-errors", this::hearErrors);
    }

    /** How the program ended. */
    record End(boolean whole, String complaint, long leftOut) {}

    /** Returns the fields of the first line; empty when there is none. */
    Optional<List<String>> answer() {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        try {
            for (int one = output.read(); one != '\n'; one = output.read()) {
                if (one < 0 || line.size() == ANSWER_BYTES_MAX) {
                    return Optional.empty();
                }
                line.write(one);
            }
        } catch (IOException e) {
            return Optional.empty();
        }
        return Optional.of(List.of(line.toString(StandardCharsets.UTF_8).split("\t", -1)));
    }

    /** Returns what follows the answer. */
    InputStream archive() {
        return output;
    }

    /** Waits for the program's end, once there is nothing more to read. */
    End end() {
        try {
            boolean ended = process.waitFor(GOODBYE.toSeconds(), TimeUnit.SECONDS);
            complaining.join(GOODBYE.toMillis());
            if (!ended) {
                return new End(false, "the program on the host does not end", leftOut);
            }
            int code = process.exitValue();
            return new End(code == 0, complaint.isEmpty() ? "it ended with " + code : complaint, leftOut);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new End(false, "vfrt was interrupted", leftOut);
        }
    }

    private void live() {
        try (OutputStream words = process.getOutputStream()) {
            while (process.isAlive()) {
                words.write('\n');
                words.flush();
                Thread.sleep(SIGN_OF_LIFE.toMillis());
            }
        } catch (IOException e) {
            // It has ended, which whoever reads its output notices.
            return;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void hearErrors() {
        try (BufferedReader lines = process.errorReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.matches(LEFT_OUT + "\\d{1,18}")) {
                    leftOut = Long.parseLong(line.substring(LEFT_OUT.length()));
                } else if (complaint.isEmpty() && !line.isBlank()) {
                    complaint = line.length() > 500 ? line.substring(0, 500) : line;
                }
            }
        } catch (IOException e) {
            return;
        }
    }

    private static Thread daemon(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    /** Has the host take down what is left, and waits for that. */
    @Override
    public void close() {
        living.interrupt();
        try {
            living.join(GOODBYE.toMillis());
            output.close();
            if (!process.waitFor(GOODBYE.toSeconds(), TimeUnit.SECONDS)) {
                process.destroy();
            }
        } catch (IOException e) {
            process.destroy();
        } catch (InterruptedException e) {
            process.destroy();
            Thread.currentThread().interrupt();
        }
    }
}
