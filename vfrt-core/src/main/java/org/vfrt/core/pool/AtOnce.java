package org.vfrt.core.pool;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;

/** Asks many hosts the same question at once, so that the slowest alone decides how long it takes. */
final class AtOnce {

    private static final int THREADS_MAX = 16;

    private AtOnce() {}

    /** Returns where the answers come in, in the order of those who are asked. */
    static <Q, A> Map<Q, Future<A>> ask(Collection<Q> asked, Function<Q, A> question) {
        Map<Q, Future<A>> answers = new LinkedHashMap<>();
        ExecutorService threads =
                Executors.newFixedThreadPool(Math.max(1, Math.min(asked.size(), THREADS_MAX)), AtOnce::daemon);
        try {
            asked.forEach(one -> answers.put(one, threads.submit(() -> question.apply(one))));
        } finally {
            threads.shutdown();
        }
        return answers;
    }

    private static Thread daemon(Runnable work) {
        Thread thread = new Thread(work, "ask");
        thread.setDaemon(true);
        return thread;
    }
}
