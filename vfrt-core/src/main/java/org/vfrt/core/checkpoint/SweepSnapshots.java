package org.vfrt.core.checkpoint;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.vfrt.core.disk.DiskSnapshots;
import org.vfrt.core.disk.FoundSnapshot;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.journal.Journal;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.pool.OpenPool;
import org.vfrt.core.pool.Pool;

/**
 * Removes snapshots of disks that belong to no checkpoint of this store any more, and what restores have kept for long enough. Snapshots of other
 * stores are left alone.
 */
public final class SweepSnapshots {

    /** How long the state of a disk is kept that a restore has replaced. */
    public static final Duration KEPT = Duration.ofDays(7);

    /** Whoever makes a checkpoint where that cannot be seen from here is done after so long. */
    private static final Duration MAKING = Duration.ofDays(2);

    private final DiskSnapshots snapshots;
    private final CheckpointStore store;

    public SweepSnapshots(DiskSnapshots snapshots, CheckpointStore store) {
        this.snapshots = snapshots;
        this.store = store;
    }

    /** A snapshot that was removed, or on a dry run would be. */
    public record Swept(String hostName, FoundSnapshot snapshot) {}

    /**
     * What was done.
     *
     * @param left why some hosts were left out: what is there waits for the next time
     */
    public record Outcome(List<Swept> swept, List<String> left) {

        public Outcome {
            swept = List.copyOf(swept);
            left = List.copyOf(left);
        }
    }

    /**
     * Removes what is nobody's, on every host that answers.
     *
     * @param journal what a restore has replaced that is not finished is not nobody's, however old: it may have to be put back
     * @param now tells what was kept for long enough
     */
    public Outcome run(Pool pool, Journal journal, Instant now, boolean dryRun) {
        List<Swept> swept = new ArrayList<>();
        List<String> left = new ArrayList<>();
        try (OpenPool hosts = pool.open()) {
            hosts.silent()
                    .forEach(
                            (host, why) -> left.add("host '" + host.name() + "' does not answer: " + why.getMessage()));
            for (Hypervisor host : hosts.answering()) {
                try {
                    sweep(host, journal, now, dryRun)
                            .forEach(one -> swept.add(new Swept(host.host().name(), one)));
                } catch (Failure e) {
                    left.add("snapshots on host '" + host.host().name() + "' were left: " + e.getMessage());
                }
            }
        }
        return new Outcome(swept, left);
    }

    private List<FoundSnapshot> sweep(Hypervisor host, Journal journal, Instant now, boolean dryRun) {
        // In this order: what is committed meanwhile is in the second list.
        List<FoundSnapshot> found = snapshots.list(host);
        if (found.isEmpty()) {
            return List.of();
        }
        Optional<Set<CheckpointId>> making = store.making();
        Set<String> needed = needed();
        List<FoundSnapshot> orphans = found.stream()
                .filter(one -> one.mark().store().equals(store.identity()))
                .filter(one -> one.replacedAt()
                        .map(since -> since.plus(KEPT).isBefore(now)
                                && journal.about(one.mark().guest()).isEmpty())
                        .orElseGet(() -> !needed.contains(one.mark().checkpoint())
                                && !mayBeMade(one.mark().checkpoint(), making, now)))
                .toList();
        if (!dryRun && !orphans.isEmpty()) {
            snapshots.remove(host, orphans);
        }
        return orphans;
    }

    /** Removes what is left of one checkpoint that nobody makes any more, unless it is complete. */
    void checkpoint(Hypervisor host, CheckpointId id) {
        if (needed().contains(id.text())) {
            return;
        }
        List<FoundSnapshot> left = new ArrayList<>(snapshots.list(host));
        left.removeIf(one -> one.replacedAt().isPresent()
                || !one.mark().checkpoint().equals(id.text())
                || !one.mark().store().equals(store.identity()));
        if (!left.isEmpty()) {
            snapshots.remove(host, left);
        }
    }

    /** Removes the snapshots of a guest's checkpoints that are not needed any more, since a newer checkpoint holds the contents of disks; as far as it can. */
    void trySuperseded(Hypervisor host, UUID guest) {
        try {
            Set<String> needed = needed();
            Set<String> stored = store.list().stream()
                    .filter(manifest -> manifest.guestUuid().equals(guest))
                    .map(manifest -> manifest.id().text())
                    .filter(id -> !needed.contains(id))
                    .collect(Collectors.toSet());
            List<FoundSnapshot> superseded = new ArrayList<>(snapshots.list(host));
            superseded.removeIf(one -> one.replacedAt().isPresent()
                    || !stored.contains(one.mark().checkpoint())
                    || !one.mark().store().equals(store.identity()));
            if (!superseded.isEmpty()) {
                snapshots.remove(host, superseded);
            }
        } catch (Failure e) {
            // The next one, or a collection, does it.
            return;
        }
    }

    /** The same where something else has failed already: what cannot be done now is done by the next collection. */
    void tryCheckpoint(Hypervisor host, CheckpointId id) {
        try {
            checkpoint(host, id);
        } catch (Failure e) {
            return;
        }
    }

    /**
     * Returns the checkpoints whose snapshots are needed. Of what cannot be read nobody knows what it needs. Where the store holds what the snapshots
     * do, they are needed for telling what changed since, and so those of the guest's newest such checkpoint only.
     */
    private Set<String> needed() {
        CheckpointStore.Listing listing = store.listing();
        Set<String> needed = new HashSet<>(listing.unreadable());
        Map<UUID, Manifest> newest = new HashMap<>();
        for (Manifest manifest : listing.manifests()) {
            if (!manifest.storedDisks().isEmpty()) {
                newest.put(manifest.guestUuid(), manifest);
            }
        }
        for (Manifest manifest : listing.manifests()) {
            if (manifest.storedDisks().size() < manifest.disks().size()
                    || manifest.disks().isEmpty()
                    || manifest.equals(newest.get(manifest.guestUuid()))) {
                needed.add(manifest.id().text());
            }
        }
        return needed;
    }

    private static boolean mayBeMade(String checkpoint, Optional<Set<CheckpointId>> making, Instant now) {
        if (!CheckpointId.matches(checkpoint)) {
            return true;
        }
        CheckpointId id = new CheckpointId(checkpoint);
        return making.map(ids -> ids.contains(id))
                .orElseGet(() -> id.begun()
                        .filter(begun -> begun.plus(MAKING).isBefore(now))
                        .isEmpty());
    }
}
