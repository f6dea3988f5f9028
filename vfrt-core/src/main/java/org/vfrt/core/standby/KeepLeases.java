package org.vfrt.core.standby;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.vfrt.core.claim.Claims;
import org.vfrt.core.evidence.RenewableLeases;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.failure.Temporary;

/**
 * Renews the leases of the hosts that claims name, from a thread for each, since a round of {@link RunStandby} may last for minutes and a host that does not answer must not cost another one its lease. Every controller
 * does so, also one that waits to lead: a host resets itself when <em>none</em> reaches it.
 *
 * <p>Leases are given back, so that the host is never reset for want of a renewal: by a host that no claim names any more, by all while failover is disarmed, and by all when this controller ends in an orderly
 * way. Others that go on arm them again. What is left to be feared is a controller that is killed, and not started again in time while there is no other.
 */
public final class KeepLeases {

    /** A renewal that takes one beat may fail several times before the host's half of the time is over. */
    private static final int BEATS = 12;

    /** One failure may be another controller at the same work. */
    private static final int FAILURES_TO_ALARM = 2;

    private final Claims claims;
    private final Arming arming;
    private final List<String> hosts;
    private final RenewableLeases leases;
    private final Duration watchdog;
    private final Set<String> free = ConcurrentHashMap.newKeySet();
    private final Set<String> held = ConcurrentHashMap.newKeySet();
    private final Map<String, Failing> failing = new ConcurrentHashMap<>();
    private volatile Set<String> wanted = Set.of();
    private volatile boolean read;
    private final ScheduledExecutorService threads;
    private final List<Future<?>> beats = new ArrayList<>();

    /**
     * @param hosts all hosts of the pool, by name
     * @param watchdog how long after the last renewal a host is reset at the latest; whole seconds
     */
    public KeepLeases(Claims claims, Arming arming, List<String> hosts, RenewableLeases leases, Duration watchdog) {
        this.claims = claims;
        this.arming = arming;
        this.hosts = List.copyOf(hosts);
        this.leases = leases;
        this.watchdog = watchdog;
        this.threads = Executors.newScheduledThreadPool(hosts.size() + 1, work -> {
            Thread thread = new Thread(work, "lease");
            thread.setDaemon(true);
            return thread;
        });
    }

    /** How often in a row a host's lease could not be seen to, and why the last time. */
    private record Failing(int times, Failure last) {}

    /** Begins. Once. */
    public void start() {
        long beatMillis = Math.max(watchdog.dividedBy(BEATS).toMillis(), 1);
        beats.add(threads.scheduleWithFixedDelay(this::look, 0, beatMillis, TimeUnit.MILLISECONDS));
        for (String host : hosts) {
            beats.add(threads.scheduleWithFixedDelay(() -> turn(host), 0, beatMillis, TimeUnit.MILLISECONDS));
        }
    }

    /** Returns what is wrong with leases now. */
    public List<Reason> alarms() {
        List<Reason> alarms = new ArrayList<>();
        new TreeMap<>(failing).forEach((host, now) -> {
            if (now.times >= FAILURES_TO_ALARM) {
                alarms.add(new Reason(
                        now.last.code(),
                        "the lease of host '" + host + "' is not renewed: " + now.last.getMessage(),
                        now.last.hint()));
            }
        });
        return alarms;
    }

    /**
     * Ends, and gives all leases back.
     *
     * @return the hosts that did not hear of it; each resets itself unless another controller renews its lease
     */
    public List<Reason> end() {
        beats.forEach(beat -> beat.cancel(false));
        threads.shutdown();
        try {
            // A renewal that goes on would arm again what is given back.
            threads.awaitTermination(watchdog.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        List<Reason> left = new ArrayList<>();
        for (String host : new TreeSet<>(held)) {
            try {
                leases.giveBack(host);
            } catch (Failure e) {
                left.add(new Reason(
                        "lease-left",
                        "host '" + host + "' could not be told that its lease is over, and resets itself within "
                                + watchdog.toSeconds() + " s, unless another controller renews it: " + e.getMessage(),
                        e.hint()));
            }
        }
        return left;
    }

    /** Sees which hosts are to have a lease. While the register does not answer, it is the same ones. */
    void look() {
        try {
            Set<String> now = new TreeSet<>();
            if (arming.disarmed().isEmpty()) {
                claims.all().forEach(known -> known.claim().places().forEach(place -> now.add(place.host())));
            }
            wanted = now;
            read = true;
        } catch (RuntimeException e) {
            // The rounds meet it too, and say so.
        }
    }

    void turn(String host) {
        if (!read || (!wanted.contains(host) && free.contains(host))) {
            return;
        }
        try {
            if (wanted.contains(host)) {
                free.remove(host);
                held.add(host);
                leases.renew(host, watchdog);
            } else {
                leases.giveBack(host);
                free.add(host);
                held.remove(host);
            }
            failing.remove(host);
        } catch (Temporary e) {
            // One that is off has nothing to give back, and is asked again when it answers.
            if (wanted.contains(host)) {
                failed(host, e);
            } else {
                failing.remove(host);
            }
        } catch (Failure e) {
            failed(host, e);
        } catch (RuntimeException e) {
            // Whatever else happens must not end the turns, which nobody would see.
            failed(host, new Failed("lease-unclear", String.valueOf(e), "Say it again with '-v'.", e));
        }
    }

    private void failed(String host, Failure why) {
        failing.merge(host, new Failing(1, why), (before, now) -> new Failing(before.times + 1, why));
    }
}
