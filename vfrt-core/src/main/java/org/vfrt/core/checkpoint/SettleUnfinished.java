package org.vfrt.core.checkpoint;

import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.vfrt.core.disk.DiskSnapshots;
import org.vfrt.core.disk.SnapshotMark;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.journal.GuestLock;
import org.vfrt.core.journal.Journal;
import org.vfrt.core.journal.JournalEntry;
import org.vfrt.core.pool.Host;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.pool.OpenPool;
import org.vfrt.core.pool.Pool;

/**
 * Finishes or undoes what commands that died were in the middle of. Every command that changes something runs this first.
 *
 * <p>One that cannot be settled now, because its host does not answer for instance, stays in the journal and is reported each
 * time.
 */
public final class SettleUnfinished {

    private static final String OTHER_HOST = "other-host";

    private final Pool pool;
    private final List<Capture> captures;
    private final List<Restorer> restorers;
    private final DiskSnapshots snapshots;
    private final CheckpointStore store;
    private final List<Settler> others;
    private final Journal journal;
    private final Clock clock;

    /** @param others for operations that neither take nor restore a checkpoint */
    public SettleUnfinished(
            Pool pool,
            List<Capture> captures,
            List<Restorer> restorers,
            DiskSnapshots snapshots,
            CheckpointStore store,
            List<Settler> others,
            Journal journal,
            Clock clock) {
        this.pool = pool;
        this.captures = List.copyOf(captures);
        this.restorers = List.copyOf(restorers);
        this.snapshots = snapshots;
        this.store = store;
        this.others = List.copyOf(others);
        this.journal = journal;
        this.clock = clock;
    }

    /**
     * What became of it.
     *
     * @param sentences what was found and done, one sentence each
     * @param left what could not be settled; the guests that it is about are not to be touched until it is
     */
    public record Settlement(List<String> sentences, List<Reason> left) {}

    /** Settles all that can be settled. */
    public Settlement run() {
        List<String> sentences = new ArrayList<>();
        List<Reason> left = new ArrayList<>();
        // Where a guest is can only be told when no half of it is left by a restore.
        List<Journal.Unfinished> all = journal.unfinished().stream()
                .sorted(Comparator.comparing(one -> isOther(one.entry())))
                .toList();
        for (Journal.Unfinished unfinished : all) {
            try (GuestLock lock = unfinished.lock()) {
                settle(unfinished.entry(), lock, sentences, left);
            }
        }
        return new Settlement(sentences, left);
    }

    /**
     * Settles what is unfinished about one guest on one host, whatever else there is.
     *
     * @param lock the guest's; the caller holds it
     * @return why something is left
     */
    public List<Reason> run(GuestLock lock, String host) {
        List<Reason> left = new ArrayList<>();
        journal.about(lock.guest()).stream()
                .filter(entry ->
                        entry.fact(JournalEntry.HOST).filter(host::equals).isPresent())
                .forEach(entry -> settle(entry, lock, new ArrayList<>(), left));
        return left;
    }

    private boolean isOther(JournalEntry entry) {
        return entry.fact(JournalEntry.OPERATION)
                .filter(operation ->
                        others.stream().anyMatch(one -> one.operation().equals(operation)))
                .isPresent();
    }

    private void settle(JournalEntry entry, GuestLock lock, List<String> sentences, List<Reason> left) {
        if (entry.damage().isPresent()) {
            left.add(
                    new Reason(
                            "journal-damaged",
                            "journal entry '" + entry.id() + "' about guest '" + lock.guest() + "' cannot be read: "
                                    + entry.damage().get(),
                            "See whether the guest runs, and runs once; then remove the entry's file from the state directory."));
            return;
        }
        sentences.add(subject(entry) + " on host '" + fact(entry, JournalEntry.HOST)
                + "' was left unfinished by a process that is gone");
        try {
            Optional<Reason> obstacle = settle(entry, sentences);
            if (obstacle.isPresent()) {
                left.add(obstacle.get());
            } else {
                journal.end(entry);
            }
        } catch (Failure failure) {
            left.add(unsettled(entry, failure.getMessage(), failure.hint()));
        } catch (RuntimeException e) {
            // One odd entry must not keep every command from everything else.
            left.add(
                    unsettled(
                            entry,
                            "its journal entry '" + entry.id() + "' makes no sense: " + e,
                            "See whether the guest runs, and runs once; then remove the entry's file from the state directory."));
        }
    }

    /** Returns why the entry has to stay. */
    private Optional<Reason> settle(JournalEntry entry, List<String> sentences) {
        String operation = fact(entry, JournalEntry.OPERATION);
        Optional<Reason> other = otherHost(entry);
        if (other.isPresent()) {
            return other;
        }
        return switch (operation) {
            case CreateCheckpoint.OPERATION -> settleCapture(entry, sentences);
            case RestoreCheckpoint.OPERATION -> settleRestore(entry, sentences);
            case ExtractFiles.OPERATION ->
                settleOnItsHost(entry, host -> {
                    BroughtSnapshots.settle(snapshots, entry, host);
                    sentences.add("what was made there to read files out of is gone");
                });
            default -> {
                Optional<Settler> settler = others.stream()
                        .filter(one -> one.operation().equals(operation) && one.settles(entry))
                        .findFirst();
                yield settler.isPresent()
                        ? settler.get().settle(entry, sentences)
                        : Optional.of(unknown(entry, "operation '" + operation + "'"));
            }
        };
    }

    /** The host of that name may be another one by now: each configuration, and each {@code --connect}, names hosts anew. */
    private Optional<Reason> otherHost(JournalEntry entry) {
        String name = fact(entry, JournalEntry.HOST);
        Optional<String> noted = entry.fact(Unfinished.HOST_URI);
        Optional<Host> here =
                pool.hosts().stream().filter(host -> host.name().equals(name)).findFirst();
        if (noted.isEmpty()
                || here.filter(host -> host.uri().text().equals(noted.get())).isPresent()) {
            return Optional.empty();
        }
        return Optional.of(new Reason(
                OTHER_HOST,
                subject(entry) + " was begun on the host at '" + noted.get() + "', and "
                        + here.map(host -> "'" + name + "' is now the one at '"
                                        + host.uri().text() + "'")
                                .orElse("no host '" + name + "' is configured"),
                "Run 'vfrt host check' with the configuration that it was begun with, or with '--connect \""
                        + noted.get() + "\"'. If that host is off for good, restore the guest with '--origin-is-gone "
                        + name + "'."));
    }

    /** The URI is the same, but the machine that answers there may not be. */
    private static Optional<Reason> otherMachine(JournalEntry entry, Hypervisor host) {
        Optional<String> noted = entry.fact(Unfinished.HOST_SELF);
        if (noted.isEmpty()) {
            return Optional.empty();
        }
        String found = host.facts().hostName();
        return noted.filter(self -> !self.equals(found))
                .map(self -> new Reason(
                        OTHER_HOST,
                        subject(entry) + " was begun on machine '" + self + "', and as host '"
                                + host.host().name() + "' answers machine '" + found + "'",
                        "See that the host's URI leads to machine '" + self + "' again."));
    }

    private Optional<Reason> settleCapture(JournalEntry entry, List<String> sentences) {
        Optional<String> method = entry.fact(Unfinished.METHOD);
        if (method.isEmpty()) {
            sentences.add("nothing had been begun on the host");
            return dropCheckpoint(entry, sentences);
        }
        Optional<Capture> capture = captures.stream()
                .filter(one -> one.method().name().equals(method.get()))
                .findFirst();
        if (capture.isEmpty()) {
            return Optional.of(unknown(entry, "method '" + method.get() + "'"));
        }
        Optional<Reason> obstacle = capture.get().method() == Method.SAVE
                ? settleSave(entry, capture.get(), sentences)
                : settleOnItsHost(entry, host -> sentences.addAll(capture.get().settle(entry, host)));
        return obstacle.or(() -> dropCheckpoint(entry, sentences));
    }

    private Optional<Reason> settleOnItsHost(JournalEntry entry, Consumer<Hypervisor> work) {
        try (Hypervisor host = pool.connect(fact(entry, JournalEntry.HOST))) {
            Optional<Reason> other = otherMachine(entry, host);
            if (other.isEmpty()) {
                work.accept(host);
            }
            return other;
        }
    }

    /** Settling a save may start the guest, so it must run nowhere else (rule 1): every host is asked. */
    private Optional<Reason> settleSave(JournalEntry entry, Capture capture, List<String> sentences) {
        try (OpenPool hosts = pool.open()) {
            Hypervisor host = hosts.host(fact(entry, JournalEntry.HOST));
            Optional<Reason> obstacle = otherMachine(entry, host).or(() -> mayRunElsewhere(entry, host, hosts));
            if (obstacle.isEmpty()) {
                sentences.addAll(capture.settle(entry, host));
            }
            return obstacle;
        }
    }

    private Optional<Reason> mayRunElsewhere(JournalEntry entry, Hypervisor own, OpenPool hosts) {
        List<OpenPool.Located> active = hosts.everywhere(fact(entry, JournalEntry.GUEST_UUID)).stream()
                .filter(one -> one.guest().state().active())
                .toList();
        if (active.stream().anyMatch(one -> one.host() == own)) {
            // Then nothing is started.
            return Optional.empty();
        }
        if (!active.isEmpty()) {
            return Optional.of(new Reason(
                    "guest-still-runs",
                    subject(entry) + " is not settled on host '" + own.host().name()
                            + "': the guest is active on host '"
                            + active.get(0).host().host().name() + "'",
                    "If it is right there, remove the entry's file, '" + entry.id()
                            + "', from the journal in the state directory, and the save file from the first host."));
        }
        Set<String> asked = pool.hosts().stream().map(host -> host.uri().text()).collect(Collectors.toSet());
        Optional<String> notAsked = entry.fact(Unfinished.POOL).stream()
                .flatMap(uris -> Stream.of(uris.split(" ")))
                .filter(uri -> !asked.contains(uri))
                .findFirst();
        if (notAsked.isPresent()) {
            return Optional.of(new Reason(
                    "host-not-asked",
                    subject(entry) + " is not settled: the host at '" + notAsked.get()
                            + "' belonged to the pool then and is not part of this configuration, and the guest may run"
                            + " there",
                    "Run 'vfrt host check' with the configuration that it was begun with. " + byHand(own)));
        }
        return hosts.silent().entrySet().stream()
                .findFirst()
                .map(silent -> new Reason(
                        "host-silent",
                        subject(entry) + " is not settled: host '"
                                + silent.getKey().name() + "' does not answer, and the guest may run there: "
                                + silent.getValue().getMessage(),
                        "Bring the host back. " + byHand(own)));
    }

    private static String byHand(Hypervisor own) {
        return "If that host is off for good, continue the guest yourself, with 'virsh restore' of its save file on host '"
                + own.host().name() + "'.";
    }

    private Optional<Reason> dropCheckpoint(JournalEntry entry, List<String> sentences) {
        Optional<CheckpointId> id = entry.fact(Unfinished.CHECKPOINT).map(CheckpointId::new);
        if (id.isEmpty()) {
            return Optional.empty();
        }
        Optional<String> noted = entry.fact(Unfinished.STORE).filter(where -> !where.equals(store.location()));
        if (noted.isPresent()) {
            return Optional.of(new Reason(
                    "other-store",
                    "what " + subject(entry) + " left of checkpoint '" + id.get() + "' is in the store '" + noted.get()
                            + "', and this one is '" + store.location() + "'",
                    "Run 'vfrt host check --store " + noted.get() + "' to have it removed."));
        }
        store.discard(id.get());
        if (entry.fact(Unfinished.DISKS).isPresent()) {
            settleOnItsHost(entry, host -> new SweepSnapshots(snapshots, store).checkpoint(host, id.get()));
        }
        sentences.add(
                store.list().stream().anyMatch(manifest -> manifest.id().equals(id.get()))
                        ? "checkpoint '" + id.get() + "' is complete"
                        : "the unfinished checkpoint '" + id.get() + "' was dropped");
        return Optional.empty();
    }

    private Optional<Reason> settleRestore(JournalEntry entry, List<String> sentences) {
        Optional<String> format = entry.fact(Unfinished.METHOD);
        if (format.isEmpty()) {
            sentences.add("nothing had been begun on the host");
            return Optional.empty();
        }
        Optional<Restorer> restorer = restorers.stream()
                .filter(one -> one.format().name().equals(format.get()))
                .findFirst();
        if (restorer.isEmpty() && !format.get().equals(Unfinished.COLD)) {
            return Optional.of(unknown(entry, "image format '" + format.get() + "'"));
        }
        return settleOnItsHost(entry, host -> {
            restorer.ifPresent(one -> sentences.addAll(one.settle(entry, host)));
            UUID guest = UUID.fromString(fact(entry, JournalEntry.GUEST_UUID));
            // One that runs was let run over the disks that were put there for it.
            if (host.guest(guest).filter(one -> one.state().active()).isEmpty()) {
                sentences.addAll(takenBack(entry, host, guest));
            }
        });
    }

    private List<String> takenBack(JournalEntry entry, Hypervisor host, UUID guest) {
        if (!RestoredDisks.touched(entry)) {
            return List.of();
        }
        // What is set aside now is kept for as long as anything else, whenever that restore began.
        String moment = CheckpointId.at(clock.instant()).text();
        return RestoredDisks.settle(snapshots, entry, host, new SnapshotMark(store.identity(), moment, guest), moment);
    }

    private static Reason unknown(JournalEntry entry, String what) {
        return unsettled(entry, "this vfrt knows no " + what, "Use the vfrt that began it, or a newer one.");
    }

    private static Reason unsettled(JournalEntry entry, @Nullable String why, String hint) {
        return new Reason("unsettled", subject(entry) + " could not be settled: " + why, hint);
    }

    private static String subject(JournalEntry entry) {
        return "'" + fact(entry, JournalEntry.OPERATION) + "' of guest '" + fact(entry, JournalEntry.GUEST) + "'";
    }

    private static String fact(JournalEntry entry, String key) {
        return entry.fact(key).orElse("?");
    }
}
