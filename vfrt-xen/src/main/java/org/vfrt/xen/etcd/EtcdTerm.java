package org.vfrt.xen.etcd;

import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.vfrt.core.claim.Register;
import org.vfrt.core.failure.Failure;

/**
 * The lead, as long as its lease is renewed. It is trusted for less time than etcd keeps it: counted from before the last request that was answered, by a clock that nobody
 * sets. For any number of threads.
 */
final class EtcdTerm implements Register.Term {

    private static final double RENEWED_AFTER = 0.25;
    private static final double TRUSTED_FOR = 0.7;

    private static final ScheduledThreadPoolExecutor RENEWING = renewing();

    private final EtcdClient etcd;
    private final String lease;
    private final Duration duration;
    private final ScheduledFuture<?> renewal;
    private volatile long confirmedNanos;
    private volatile boolean over;

    private static ScheduledThreadPoolExecutor renewing() {
        ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "lead");
            thread.setDaemon(true);
            return thread;
        });
        executor.setRemoveOnCancelPolicy(true);
        return executor;
    }

    /** @param askedNanos when the lease was asked for */
    EtcdTerm(EtcdClient etcd, String lease, Duration duration, long askedNanos) {
        this.etcd = etcd;
        this.lease = lease;
        this.duration = duration;
        this.confirmedNanos = askedNanos;
        long every = (long) (duration.toNanos() * RENEWED_AFTER);
        this.renewal = RENEWING.scheduleWithFixedDelay(this::renew, every, every, TimeUnit.NANOSECONDS);
    }

    private void renew() {
        if (over) {
            return;
        }
        try {
            long asked = System.nanoTime();
            // A lease that is no more has no time to live.
            if (etcd.change("lease/keepalive", EtcdClient.request().put("ID", lease))
                            .path("result")
                            .path("TTL")
                            .asLong()
                    > 0) {
                confirmedNanos = asked;
            } else {
                over = true;
            }
        } catch (Failure e) {
            // The next turn may come through; until then it is trusted less and less.
        }
    }

    @Override
    public boolean lasts() {
        return !over && System.nanoTime() - confirmedNanos < duration.toNanos() * TRUSTED_FOR;
    }

    @Override
    public synchronized void close() {
        if (renewal.isCancelled()) {
            return;
        }
        over = true;
        renewal.cancel(false);
        try {
            etcd.change("lease/revoke", EtcdClient.request().put("ID", lease));
        } catch (Failure e) {
            // It ends by itself.
        }
    }
}
