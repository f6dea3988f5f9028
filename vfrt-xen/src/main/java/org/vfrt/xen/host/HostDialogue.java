package org.vfrt.xen.host;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A program on a host that is told something a line at a time, and answers in lines. It knows that vfrt is gone by the end of its input. For one
 * thread at a time.
 */
public final class HostDialogue implements AutoCloseable {

    private static final String END = "\0";
    private static final int LINES_MAX = 64;

    private final Process process;
    private final OutputStream words;
    private final BlockingQueue<String> answers = new LinkedBlockingQueue<>(LINES_MAX);

    /** Takes over a program that {@link HostShell#start} has started. */
    public HostDialogue(Process process, String threadName) {
        this.process = process;
        this.words = process.getOutputStream();
        Thread reader = new Thread(this::readAnswers, threadName);
        reader.setDaemon(true);
        reader.start();
    }

    /** Tells it a line. */
    public void say(String line) throws IOException {
        words.write((line + "\n").getBytes(StandardCharsets.UTF_8));
        words.flush();
    }

    /** Returns the next line it answers; empty when none comes in time, or none will come any more. */
    public Optional<String> hear(Duration patience) throws InterruptedException {
        String line = answers.poll(patience.toNanos(), TimeUnit.NANOSECONDS);
        return Optional.ofNullable(line).filter(one -> !one.equals(END));
    }

    /** Waits until the program has ended by itself; after that time it is no longer waited for, and the way to it is cut. */
    public void awaitEnd(Duration patience) {
        try {
            if (!process.waitFor(patience.toNanos(), TimeUnit.NANOSECONDS)) {
                process.destroy();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends its input. */
    @Override
    public void close() {
        try {
            words.close();
        } catch (IOException e) {
            // The input has ended either way, which is all that was wanted.
            return;
        }
    }

    private void readAnswers() {
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                answers.put(line);
            }
        } catch (IOException e) {
            answers.offer(END);
            return;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        answers.offer(END);
    }
}
