package org.vfrt.core.pack;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** A few threads that work on packs, each with a bench while it works. For any number of threads. */
final class Workers implements AutoCloseable {

    private static final int LEAST = 2;
    /** A dom0 has better things to do with its processors. */
    private static final int MOST = 4;

    /** Work that needs a bench. */
    @FunctionalInterface
    interface Work<T> {
        T at(Workbench bench) throws Exception;
    }

    private final BlockingQueue<Workbench> benches;
    private final ExecutorService threads;

    Workers(Packs packs, String name) {
        int count = Math.min(MOST, Math.max(LEAST, ForkJoinPool.getCommonPoolParallelism() + 1));
        this.benches = new ArrayBlockingQueue<>(count);
        for (int i = 0; i < count; i++) {
            benches.add(new Workbench(packs));
        }
        this.threads = Executors.newFixedThreadPool(count, task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        });
    }

    <T> Future<T> submit(Work<T> work) {
        return threads.submit(() -> {
            Workbench bench = benches.take();
            try {
                return work.at(bench);
            } finally {
                benches.add(bench);
            }
        });
    }

    /** Waits for something that was submitted. */
    static <T> T got(Future<T> work) throws IOException {
        try {
            return work.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException known) {
                // A store that cannot be reached says so itself; it is not what was stored that is at fault.
                throw known;
            }
            throw e.getCause() instanceof IOException known ? known : new IOException(e.getCause());
        }
    }

    /** Lets what is being worked on end, and drops the rest. */
    @Override
    public void close() {
        threads.shutdownNow();
        try {
            if (threads.awaitTermination(1, TimeUnit.MINUTES)) {
                benches.forEach(Workbench::close);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
