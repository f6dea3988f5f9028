package org.vfrt.core.checkpoint;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.vfrt.core.disk.DiskSnapshots;
import org.vfrt.core.disk.FoundSnapshot;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.NotFound;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.journal.GuestLock;
import org.vfrt.core.journal.GuestLocks;
import org.vfrt.core.journal.Journal;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.pool.OpenPool;
import org.vfrt.core.pool.Pool;

/**
 * Takes a restore for good: what restores have replaced of a guest's disks and kept is removed ahead of its time, on the hosts that answer. There is no way
 * back to it then.
 */
public final class ConfirmRestore {

    /** The name of the operation in locks. */
    public static final String OPERATION = "checkpoint confirm";

    private final Pool pool;
    private final DiskSnapshots snapshots;
    private final CheckpointStore store;
    private final GuestLocks locks;
    private final Journal journal;

    public ConfirmRestore(
            Pool pool, DiskSnapshots snapshots, CheckpointStore store, GuestLocks locks, Journal journal) {
        this.pool = pool;
        this.snapshots = snapshots;
        this.store = store;
        this.locks = locks;
        this.journal = journal;
    }

    /**
     * What is asked for.
     *
     * @param guest name or UUID; one that only has checkpoints will do
     * @param dryRun say what is kept, and change nothing
     * @param lockWait how long to wait for another operation on the guest
     */
    public record Request(String guest, boolean dryRun, Duration lockWait) {}

    /** A state that was removed, or would be. */
    public record Kept(String hostName, FoundSnapshot state) {}

    /**
     * What was done, or would be.
     *
     * @param left why some hosts were left out: what is there stays for its time
     */
    public record Outcome(String guestName, UUID guest, List<Kept> states, List<String> left) {

        public Outcome {
            states = List.copyOf(states);
            left = List.copyOf(left);
        }
    }

    /**
     * Does it.
     *
     * @param announcement hears what will be removed, before anything is touched, and may refuse by throwing
     * @throws NotFound when neither a host nor the store knows the guest
     * @throws Refused when something about the guest is not settled: what is kept may be needed for that
     * @throws org.vfrt.core.failure.Busy when another operation holds the guest
     */
    public Outcome run(Request request, Consumer<Outcome> announcement) {
        try (OpenPool hosts = pool.open()) {
            Map.Entry<UUID, String> guest = guest(request.guest(), hosts);
            try (GuestLock lock = locks.take(guest.getKey(), guest.getValue(), OPERATION, request.lockWait())) {
                List<Reason> unsettled = Unfinished.about(journal, lock.guest());
                if (!unsettled.isEmpty()) {
                    throw new Refused("restores of guest '" + guest.getValue() + "' are not confirmed", unsettled);
                }
                List<String> left = new ArrayList<>();
                hosts.silent()
                        .forEach((host, why) ->
                                left.add("host '" + host.name() + "' does not answer: " + why.getMessage()));
                Map<Hypervisor, List<FoundSnapshot>> kept = kept(lock.guest(), hosts, left);
                Outcome outcome = outcome(guest, kept, left);
                if (request.dryRun() || outcome.states().isEmpty()) {
                    return outcome;
                }
                announcement.accept(outcome);
                return removed(guest, kept, left);
            }
        }
    }

    private Map<Hypervisor, List<FoundSnapshot>> kept(UUID guest, OpenPool hosts, List<String> left) {
        KeptStates states = new KeptStates(snapshots, store);
        Map<Hypervisor, List<FoundSnapshot>> kept = new LinkedHashMap<>();
        for (Hypervisor host : hosts.answering()) {
            try {
                kept.put(
                        host,
                        states.on(host).stream()
                                .filter(one -> one.mark().guest().equals(guest))
                                .toList());
            } catch (Failure e) {
                left.add(left(host, e));
            }
        }
        return kept;
    }

    private Outcome removed(
            Map.Entry<UUID, String> guest, Map<Hypervisor, List<FoundSnapshot>> kept, List<String> left) {
        Map<Hypervisor, List<FoundSnapshot>> gone = new LinkedHashMap<>();
        kept.forEach((host, states) -> {
            if (states.isEmpty()) {
                return;
            }
            try {
                snapshots.remove(host, states);
                gone.put(host, states);
            } catch (Failure e) {
                left.add(left(host, e));
            }
        });
        return outcome(guest, gone, left);
    }

    private static String left(Hypervisor host, Failure why) {
        return "states on host '" + host.host().name() + "' were left: " + why.getMessage();
    }

    private static Outcome outcome(
            Map.Entry<UUID, String> guest, Map<Hypervisor, List<FoundSnapshot>> kept, List<String> left) {
        return new Outcome(
                guest.getValue(),
                guest.getKey(),
                kept.entrySet().stream()
                        .flatMap(one -> one.getValue().stream()
                                .map(state -> new Kept(one.getKey().host().name(), state)))
                        .toList(),
                left);
    }

    /** A guest that is gone may still have something kept. */
    private Map.Entry<UUID, String> guest(String named, OpenPool hosts) {
        Map<UUID, String> found = new LinkedHashMap<>();
        Stream.concat(
                        hosts.everywhere(named).stream()
                                .map(one -> Map.entry(
                                        one.guest().uuid(), one.guest().name())),
                        store.list().stream()
                                .filter(one -> one.guestName().equals(named)
                                        || one.guestUuid().toString().equals(named))
                                .map(one -> Map.entry(one.guestUuid(), one.guestName())))
                .forEach(one -> found.putIfAbsent(one.getKey(), one.getValue()));
        if (found.size() > 1) {
            throw new BadInput(
                    "ambiguous-guest",
                    "'" + named + "' is the name of several guests: " + found.keySet(),
                    "Name it by its UUID.");
        }
        return found.entrySet().stream()
                .findFirst()
                .orElseThrow(() -> new NotFound(
                        "no-such-guest",
                        "there is no guest '" + named + "' on a host that answers, nor a checkpoint of it",
                        "List the guests with 'vfrt guest list'."));
    }
}
