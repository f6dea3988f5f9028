package org.vfrt.core.drill;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.vfrt.core.checkpoint.BroughtSnapshots;
import org.vfrt.core.disk.CopiedDisk;
import org.vfrt.core.disk.DiskSnapshots;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.journal.Journal;
import org.vfrt.core.journal.JournalEntry;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.Hypervisor;

/** Takes a copy away with all that was made for it, and asks the host whether anything is left. Idempotent. */
final class TakeAway {

    /** Xen's scripts let go of a disk a moment after the guest is gone; on a busy host that moment can be seconds. */
    private static final int TRIES = 10;

    private static final Duration BETWEEN = Duration.ofSeconds(2);

    private final DiskSnapshots snapshots;
    private final DrillGround ground;
    private final Journal journal;
    private final Sleeper sleeper;

    TakeAway(DiskSnapshots snapshots, DrillGround ground, Journal journal, Sleeper sleeper) {
        this.snapshots = snapshots;
        this.ground = ground;
        this.journal = journal;
        this.sleeper = sleeper;
    }

    /**
     * Takes it away. What stands in the way of one thing keeps nothing else.
     *
     * @return what is left, and why; empty when the host says that nothing is
     */
    List<Reason> run(Hypervisor host, DrillCopy copy) {
        List<Reason> left = new ArrayList<>();
        trying(left, () -> end(host, copy));
        // Under a guest that runs no disk is taken away.
        if (left.isEmpty()) {
            trying(left, () -> removeDisks(host, copy.disks()));
        }
        trying(left, () -> copy.network().ifPresent(network -> ground.removeNetwork(host, network)));
        trying(left, () -> prove(host, copy, left));
        if (left.isEmpty()) {
            trying(left, () -> endRestore(host, copy));
        }
        return left;
    }

    private static void trying(List<Reason> left, Runnable step) {
        try {
            step.run();
        } catch (Failure e) {
            left.add(new Reason(e.code(), e.getMessage(), e.hint()));
        }
    }

    private void end(Hypervisor host, DrillCopy copy) {
        if (active(host.guest(copy.uuid()))) {
            host.destroy(copy.uuid());
        }
        // A host that has just been told so may list it for a moment more, and a transient guest cannot be undefined.
        for (int look = 1;
                look < TRIES
                        && host.guest(copy.uuid())
                                .filter(guest -> !guest.persistent())
                                .isPresent();
                look++) {
            pause();
        }
        host.guest(copy.uuid()).filter(Guest::persistent).ifPresent(guest -> host.undefine(guest.uuid()));
    }

    private static boolean active(Optional<Guest> guest) {
        return guest.filter(one -> one.state().active()).isPresent();
    }

    private void removeDisks(Hypervisor host, List<CopiedDisk> disks) {
        for (int attempt = 1; ; attempt++) {
            try {
                snapshots.removeCopies(host, disks);
                return;
            } catch (Failure e) {
                if (attempt == TRIES) {
                    throw e;
                }
                pause();
            }
        }
    }

    private void pause() {
        try {
            sleeper.sleep(BETWEEN);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** What was ordered is not yet done: the host itself is asked. */
    private void prove(Hypervisor host, DrillCopy copy, List<Reason> left) {
        List<String> found = new ArrayList<>();
        host.guest(copy.uuid())
                .ifPresent(guest -> found.add("guest '" + guest.name() + "' in state '" + guest.state() + "'"));
        host.unmanaged(copy.uuid())
                .ifPresent(domain -> found.add("guest '" + copy.name() + "' as " + domain + " of Xen alone"));
        found.addAll(ground.left(host, copy.diskPaths(), copy.network()));
        if (!found.isEmpty()) {
            left.add(new Reason(
                    "drill-left",
                    "host '" + host.host().name() + "' still has "
                            + found.stream().collect(Collectors.joining(", ")),
                    "'vfrt host check' tries to remove it again."));
        }
    }

    /** What the restore of a copy left unsettled is settled with the copy. */
    private void endRestore(Hypervisor host, DrillCopy copy) {
        for (JournalEntry entry : journal.about(copy.uuid())) {
            BroughtSnapshots.settle(snapshots, entry, host);
            journal.end(entry);
        }
    }
}
