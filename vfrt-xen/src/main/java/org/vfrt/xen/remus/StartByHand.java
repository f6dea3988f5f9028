package org.vfrt.xen.remus;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.vfrt.core.checkpoint.Progress;
import org.vfrt.core.checkpoint.Unfinished;
import org.vfrt.core.epoch.EpochImage;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.NotFound;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.hot.EpochStart;
import org.vfrt.core.journal.GuestLock;
import org.vfrt.core.journal.GuestLocks;
import org.vfrt.core.journal.Journal;
import org.vfrt.core.journal.JournalEntry;
import org.vfrt.core.pool.Definition;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.pool.OpenPool;
import org.vfrt.core.pool.Pool;

/**
 * Starts a guest from its last complete epoch when a person says that its host is dead. Every other host of the pool has to answer, and none may have the guest; a host that answers is not dead, whatever
 * was said.
 */
public final class StartByHand {

    /** The name of the operation in locks and in the journal. */
    public static final String OPERATION = "standby start";

    private final Pool pool;
    private final RestoreEpoch restoration;
    private final GuestLocks locks;
    private final Journal journal;

    public StartByHand(Pool pool, RestoreEpoch restoration, GuestLocks locks, Journal journal) {
        this.pool = pool;
        this.restoration = restoration;
        this.locks = locks;
        this.journal = journal;
    }

    /**
     * Starts it.
     *
     * @throws Refused when it may run somewhere; nothing was touched
     * @throws org.vfrt.core.failure.Failure as {@link RestoreEpoch#run}
     */
    public EpochStart.Outcome run(EpochStart.Request request, Progress progress) {
        pool.host(request.deadHost());
        Definition definition = definition(request.epochs());
        try (OpenPool hosts = pool.open();
                GuestLock lock = locks.take(definition.uuid(), definition.name(), OPERATION, request.lockWait())) {
            Hypervisor target = hosts.host(request.target());
            List<Reason> reasons = neverTwo(request, definition, hosts);
            disks(request, definition).ifPresent(reasons::add);
            reasons.addAll(unfinishedElsewhere(request, lock));
            if (!reasons.isEmpty()) {
                throw new Refused("guest '" + definition.name() + "' is not started from its epoch", reasons);
            }
            JournalEntry entry = Unfinished.begin(journal, OPERATION, lock, definition.name(), target);
            try {
                EpochStart.Outcome outcome =
                        restoration.run(request.epochs(), target, UnaryOperator.identity(), true, entry, progress);
                // What was begun on the dead host is over with it.
                journal.about(lock.guest()).stream()
                        .filter(one -> isOn(request.deadHost(), one))
                        .forEach(journal::end);
                return outcome;
            } finally {
                if (!entry.unsettled()) {
                    journal.end(entry);
                }
            }
        }
    }

    private static Definition definition(Path epochs) {
        try (EpochImage image = EpochImage.open(epochs)
                .orElseThrow(() -> new NotFound("no-epoch", "there is no complete epoch in '" + epochs + "'", ""))) {
            return Definition.parse(image.definition());
        } catch (IOException e) {
            throw new Failed("epochs-unreadable", "the epochs in '" + epochs + "' cannot be closed", "", e);
        }
    }

    /** Memory belongs to the disks that it was taken with (rule 3), and an epoch has none. */
    private static Optional<Reason> disks(EpochStart.Request request, Definition definition) {
        if (definition.writableDisks().isEmpty()
                || request.acceptedDrift().filter(definition.name()::equals).isPresent()) {
            return Optional.empty();
        }
        return Optional.of(
                new Reason(
                        "disks-may-have-moved-on",
                        "an epoch holds memory only, and the guest could write to "
                                + String.join(", ", definition.writableDisks()) + " until its host died",
                        "If nothing was written since, say '--accept-disk-drift " + definition.name()
                                + "'; otherwise the file systems on them are destroyed. 'vfrt checkpoint recover' has other forms."));
    }

    private List<Reason> unfinishedElsewhere(EpochStart.Request request, GuestLock lock) {
        return journal.about(lock.guest()).stream()
                .filter(entry -> !isOn(request.deadHost(), entry))
                .map(entry -> new Reason(
                        "unsettled",
                        "'" + entry.fact(JournalEntry.OPERATION).orElse("an operation")
                                + "' of the guest is unfinished",
                        "'vfrt host check' says what is in the way of settling it."))
                .toList();
    }

    private static boolean isOn(String host, JournalEntry entry) {
        return entry.fact(JournalEntry.HOST).filter(host::equals).isPresent();
    }

    private static List<Reason> neverTwo(EpochStart.Request request, Definition definition, OpenPool hosts) {
        List<Reason> reasons = new ArrayList<>();
        if (hosts.answering().stream().anyMatch(host -> host.host().name().equals(request.deadHost()))) {
            reasons.add(new Reason(
                    "host-answers",
                    "host '" + request.deadHost() + "' answers, and so it is not dead",
                    "Bring the guest elsewhere with 'vfrt migrate guest " + definition.name() + "'."));
        }
        hosts.silent().keySet().stream()
                .filter(host -> !host.name().equals(request.deadHost()))
                .forEach(host -> reasons.add(new Reason(
                        "host-silent",
                        "host '" + host.name() + "' does not answer either, and the guest may run there",
                        "Bring it back, or make sure that it is off and take it out of the configuration.")));
        hosts.everywhere(definition.uuid().toString()).stream()
                .filter(one -> one.guest().state().active())
                .forEach(one -> reasons.add(new Reason(
                        "guest-still-runs",
                        "guest '" + definition.name() + "' is active on host '"
                                + one.host().host().name() + "'",
                        "Then there is nothing to start.")));
        hosts.everywhere(definition.name()).stream()
                .filter(one -> !one.guest().uuid().equals(definition.uuid()))
                .forEach(one -> reasons.add(new Reason(
                        "name-taken",
                        "another guest named '" + definition.name() + "' is on host '"
                                + one.host().host().name() + "'",
                        "Rename that one, or take it away.")));
        hosts.unmanaged(definition.uuid())
                .forEach((host, what) -> reasons.add(new Reason(
                        "guest-outside-libvirt",
                        "Xen on host '" + host + "' has the guest as " + what + ", and libvirt does not know of it",
                        "Look with 'xl list -v' there; 'xl destroy' ends what is not wanted.")));
        return reasons;
    }
}
