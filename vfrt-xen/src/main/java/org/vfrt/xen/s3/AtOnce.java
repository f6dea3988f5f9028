package org.vfrt.xen.s3;

import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/** Asks for many small things at once: each takes a server's time to answer, and none takes the line's. */
final class AtOnce {

    private static final int THREADS = 8;

    private AtOnce() {}

    /** Does the work for each of them. */
    static <T> void each(List<T> all, Consumer<T> work) throws InterruptedIOException {
        if (all.size() < 2) {
            all.forEach(work);
            return;
        }
        ExecutorService threads = Executors.newFixedThreadPool(Math.min(THREADS, all.size()), task -> {
            Thread thread = new Thread(task, "ask");
            thread.setDaemon(true);
            return thread;
        });
        try {
            List<Future<?>> running = new ArrayList<>();
            all.forEach(one -> running.add(threads.submit(() -> work.accept(one))));
            for (Future<?> one : running) {
                one.get();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException known ? known : new IllegalStateException(e.getCause());
        } finally {
            threads.shutdownNow();
        }
    }
}
