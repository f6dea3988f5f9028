package org.vfrt.core.evidence;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.vfrt.core.evidence.FenceDevice.Power;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Temporary;

/** Finds out whether fence devices would do their work now: answer, know vfrt, and can tell whether their host has power. Changes nothing. */
public final class CheckFence {

    /** Management controllers are slow, and who speaks with them tries again. */
    private static final Duration WITHIN = Duration.ofSeconds(60);

    private static final int AT_ONCE_MAX = 8;

    private final FenceTopology topology;

    public CheckFence(FenceTopology topology) {
        this.topology = topology;
    }

    /**
     * What came of one device. It has a power or a failure.
     *
     * @param level from 1
     */
    public record Checked(String host, int level, String device, Optional<Power> power, Optional<Failure> failure) {}

    /** Asks all devices of some hosts, several at once, and returns what came of each, in their order. A host without one has none there. */
    public List<Checked> run(List<String> hosts) {
        ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE_MAX);
        try {
            List<Future<Checked>> asked = new ArrayList<>();
            for (String host : hosts) {
                List<List<FenceDevice>> levels = topology.levels(host);
                for (int i = 0; i < levels.size(); i++) {
                    int level = i + 1;
                    levels.get(i).forEach(device -> asked.add(threads.submit(() -> check(host, level, device))));
                }
            }
            List<Checked> checked = new ArrayList<>();
            for (Future<Checked> one : asked) {
                checked.add(one.get());
            }
            return checked;
        } catch (ExecutionException e) {
            throw new IllegalStateException("asking fence devices", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Temporary("interrupted", "the fence devices were not asked: interrupted", "Type it again.", e);
        } finally {
            threads.shutdownNow();
        }
    }

    private static Checked check(String host, int level, FenceDevice device) {
        try {
            device.check(WITHIN);
            return new Checked(host, level, device.name(), Optional.of(device.status(WITHIN)), Optional.empty());
        } catch (Failure e) {
            return new Checked(host, level, device.name(), Optional.empty(), Optional.of(e));
        }
    }
}
