package org.vfrt.core.placement;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** The samples of a pool's hosts, the oldest first, by the name of the host. */
public record LoadHistory(Map<String, List<LoadSample>> samples) {

    /** Nothing is known. */
    public static final LoadHistory NONE = new LoadHistory(Map.of());

    /** More samples than cron makes in the time that counts; older ones go. */
    private static final int SAMPLES_MAX = 40;

    /** Samples of two runs at nearly the same time say the same. */
    private static final Duration APART = Duration.ofSeconds(5);

    public LoadHistory {
        Map<String, List<LoadSample>> copy = new LinkedHashMap<>();
        samples.forEach((host, list) -> copy.put(host, List.copyOf(list)));
        samples = Map.copyOf(copy);
    }

    /** Returns the history with one sample more, without what is too old to count. */
    public LoadHistory with(String host, LoadSample sample) {
        List<LoadSample> kept = new ArrayList<>();
        for (LoadSample one : samples.getOrDefault(host, List.of())) {
            // One from the future is from a clock that was wrong.
            if (one.at().isAfter(sample.at().minus(CpuDemand.WINDOW))
                    && one.at().isBefore(sample.at())) {
                kept.add(one);
            }
        }
        if (kept.isEmpty() || isApart(kept, sample)) {
            kept.add(sample);
        }
        Map<String, List<LoadSample>> all = new LinkedHashMap<>(samples);
        all.put(host, kept.subList(Math.max(0, kept.size() - SAMPLES_MAX), kept.size()));
        return new LoadHistory(all);
    }

    /** The first two may be near each other: without a second one nothing is known at all. */
    private static boolean isApart(List<LoadSample> kept, LoadSample sample) {
        Instant last = kept.get(kept.size() - 1).at();
        return kept.size() == 1 || Duration.between(last, sample.at()).compareTo(APART) >= 0;
    }

    /** Returns how many CPUs a guest keeps busy on a host; empty when that was not sampled twice. */
    public Optional<Double> cpus(String host, UUID guest, Instant now) {
        return new CpuDemand(samples.getOrDefault(host, List.of()), now)
                .of(sample -> Optional.ofNullable(sample.guestCpuTimes().get(guest)));
    }

    /** Returns how many CPUs Domain-0 of a host keeps busy; empty when that was not sampled twice. */
    public Optional<Double> ownCpus(String host, Instant now) {
        return new CpuDemand(samples.getOrDefault(host, List.of()), now).of(sample -> Optional.of(sample.ownCpuTime()));
    }
}
