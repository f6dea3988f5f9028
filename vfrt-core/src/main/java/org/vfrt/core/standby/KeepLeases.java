package org.vfrt.core.standby;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
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

    private final Claims claims;
    private final Arming arming;
    private final RenewableLeases leases;
    private final Duration watchdog;
    private final Map<String, Kept> kept = new LinkedHashMap<>();
    private final List<Future<?>> beats = new ArrayList<>();
    private final ScheduledExecutorService threads;
    private volatile Optional<Set<String>> wanted = Optional.empty();

    /**
     * @param hosts all hosts of the pool, by name
     * @param watchdog how long after the last renewal a host is reset at the latest; whole seconds
     */
    public KeepLeases(Claims claims, Arming arming, List<String> hosts, RenewableLeases leases, Duration watchdog) {
        this.claims = claims;
        this.arming = arming;
        this.leases = leases;
        this.watchdog = watchdog;
        hosts.forEach(host -> kept.put(host, new Kept(host)));
        this.threads = Executors.newScheduledThreadPool(hosts.size() + 1, work -> {
            Thread thread = new Thread(work, "lease");
            thread.setDaemon(true);
            return thread;
        });
    }

    /**
     * Begins. Once.
     *
     * @param ends whether this controller is about to end: leases are given back from then on, for what it still does may take longer than it is let live
     */
    public void start(BooleanSupplier ends) {
        long beatMillis = Math.max(watchdog.dividedBy(BEATS).toMillis(), 1);
        // The first turns are to know what is wanted: a host that an earlier controller left has little time.
        look(ends.getAsBoolean());
        beats.add(threads.scheduleWithFixedDelay(
                () -> look(ends.getAsBoolean()), beatMillis, beatMillis, TimeUnit.MILLISECONDS));
        kept.values()
                .forEach(one ->
                        beats.add(threads.scheduleWithFixedDelay(one::turn, 0, beatMillis, TimeUnit.MILLISECONDS)));
    }

    /** Returns what is wrong with leases now. */
    public List<Reason> alarms() {
        return kept.values().stream().flatMap(one -> one.alarm.stream()).toList();
    }

    /**
     * Ends, and gives all leases back, from all hosts at once: one that does not answer must not cost another one its lease.
     *
     * @return the hosts that did not hear of it; each resets itself unless another controller renews its lease
     */
    public List<Reason> end() {
        beats.forEach(beat -> beat.cancel(false));
        List<Future<Optional<Reason>>> ends =
                kept.values().stream().map(one -> threads.submit(one::end)).toList();
        threads.shutdown();
        List<Reason> left = new ArrayList<>();
        try {
            for (Future<Optional<Reason>> end : ends) {
                end.get().ifPresent(left::add);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } finally {
            leases.close();
        }
        return left;
    }

    /** Sees which hosts are to have a lease. While the register does not answer, it is the same ones. */
    void look(boolean ends) {
        try {
            Set<String> now = new TreeSet<>();
            if (!ends && arming.disarmed().isEmpty()) {
                claims.all().forEach(known -> known.claim().places().forEach(place -> now.add(place.host())));
            }
            wanted = Optional.of(now);
        } catch (RuntimeException e) {
            // The rounds meet it too, and say so.
        }
    }

    /** For tests: does at once what a beat does. */
    void turn(String host) {
        Optional.ofNullable(kept.get(host)).orElseThrow().turn();
    }

    /** One host's lease. Its turns and its end exclude each other: a renewal that goes on would arm again what is given back. */
    private final class Kept {

        private final String host;
        /** Empty until it was asked: an earlier controller may have left one. */
        private Optional<Boolean> armed = Optional.empty();

        private boolean over;
        private volatile Optional<Reason> alarm = Optional.empty();

        Kept(String host) {
            this.host = host;
        }

        synchronized void turn() {
            if (over || wanted.isEmpty()) {
                return;
            }
            boolean wish = wanted.get().contains(host);
            if (!wish && armed.equals(Optional.of(false))) {
                return;
            }
            try {
                if (wish) {
                    armed = Optional.of(true);
                    leases.renew(host, watchdog);
                } else {
                    leases.giveBack(host);
                    armed = Optional.of(false);
                }
                worked();
            } catch (Temporary e) {
                // One that is off has nothing to give back, and is asked again when it answers.
                if (wish) {
                    failed(e);
                } else {
                    worked();
                }
            } catch (Failure e) {
                failed(e);
            } catch (RuntimeException e) {
                // Whatever else happens must not end the turns, which nobody would see.
                failed(new Failed("lease-unclear", String.valueOf(e), "Say it again with '-v'.", e));
            }
        }

        private void worked() {
            alarm = Optional.empty();
        }

        private void failed(Failure why) {
            alarm = Optional.of(new Reason(
                    why.code(),
                    "the lease of host '" + host + "' is not renewed, and without it the host resets itself: "
                            + why.getMessage(),
                    why.hint()));
        }

        synchronized Optional<Reason> end() {
            over = true;
            if (!armed.equals(Optional.of(true))) {
                return Optional.empty();
            }
            try {
                leases.giveBack(host);
                return Optional.empty();
            } catch (Failure e) {
                return Optional.of(new Reason(
                        "lease-left",
                        "host '" + host + "' could not be told that its lease is over, and resets itself within "
                                + watchdog.toSeconds() + " s, unless another controller renews it: " + e.getMessage(),
                        e.hint()));
            }
        }
    }
}
