package org.vfrt.xen.migrate;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.function.Supplier;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.failure.TimedOut;
import org.vfrt.core.journal.JournalEntry;
import org.vfrt.core.migrate.Migrated;
import org.vfrt.core.migrate.MigrationJob;
import org.vfrt.core.migrate.Migrator;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.pool.OpenPool;
import org.vfrt.xen.host.HostShell;
import org.vfrt.xen.host.Leftovers;
import org.vfrt.xen.host.RootShell;
import org.vfrt.xen.libvirt.LibvirtHypervisor;

/**
 * Migrates through the libvirts of both hosts, which this process conducts phase by phase. A guard on the source sees to it that the guest goes on
 * there while it cannot run on the target yet; from then on it is suspended or runs on one of the two, whatever dies.
 */
public final class LiveMigrator implements Migrator {

    private static final Duration RUNS = Duration.ofSeconds(60);
    private static final Duration REACH = Duration.ofSeconds(10);

    private final boolean insecure;
    private final Supplier<OpenPool> pool;
    private final SplittableRandom random;

    /**
     * Makes the migrator.
     *
     * @param insecure whether memory may go in clear to a host's {@code migration_address}
     * @param pool opens the pool anew: after a failure the old connections may be broken
     * @param random chooses ports
     */
    public LiveMigrator(boolean insecure, Supplier<OpenPool> pool, SplittableRandom random) {
        this.insecure = insecure;
        this.pool = pool;
        this.random = random;
    }

    @Override
    public List<Reason> obstacles(Hypervisor host) {
        return MigrationProbe.obstacles(host.host(), ((LibvirtHypervisor) host).shell());
    }

    @Override
    public List<Reason> obstacles(MigrationJob job) {
        LibvirtHypervisor source = (LibvirtHypervisor) job.source();
        LibvirtHypervisor target = (LibvirtHypervisor) job.target();
        List<Reason> reasons = new ArrayList<>();
        for (LibvirtHypervisor end : List.of(source, target)) {
            reasons.addAll(RootShell.obstacles(end.host(), end.shell()));
        }
        if (!reasons.isEmpty()) {
            return reasons;
        }
        // A domain that only Xen has there was asked for with those of all hosts.
        if (target.guest(job.guest().uuid()).isPresent()) {
            try {
                Leftovers.refuseOrphan(
                        target.shell().orElseThrow(),
                        target.host().name(),
                        job.guest().uuid());
            } catch (Failure e) {
                reasons.add(new Reason(e.code(), e.getMessage(), e.hint()));
            }
        }
        if (!job.sharedDisks()) {
            reasons.addAll(SharedDisks.obstacles(source, target, job.definition()));
        }
        DataWay.clear(target.host(), insecure)
                .flatMap(address -> unreachable(source, address))
                .ifPresent(reasons::add);
        return reasons;
    }

    /** A port that nobody listens on answers too. */
    private static Optional<Reason> unreachable(LibvirtHypervisor source, String address) {
        String why;
        try {
            HostShell.Result found = source.shell()
                    .orElseThrow()
                    .run(List.of("bash", "-c", "exec 3<>\"/dev/tcp/$1/49152\"", "bash", address), REACH);
            if (found.ok() || found.errors().contains("refused")) {
                return Optional.empty();
            }
            why = found.complaint();
        } catch (TimedOut e) {
            why = "no answer in " + REACH.toSeconds() + " s";
        }
        return Optional.of(new Reason(
                "migration-address",
                "host '" + source.host().name() + "' does not reach '" + address + "': " + why,
                "Correct 'migration_address' in the configuration, or leave it out: then memory goes through ssh."));
    }

    @Override
    public Migrated migrate(MigrationJob job) {
        LibvirtHypervisor source = (LibvirtHypervisor) job.source();
        LibvirtHypervisor target = (LibvirtHypervisor) job.target();
        HostShell shell = source.shell().orElseThrow();
        long begunNanos = System.nanoTime();
        String hostDirectory = "/run/vfrt." + UUID.randomUUID();
        boolean starts =
                job.guest().persistent() && source.autostart(job.guest().uuid());
        note(job, target, hostDirectory);
        try (DataWay way = DataWay.open(job, insecure, random)) {
            Conductor conductor = new Conductor(job, way);
            // Taken back only when it is known what came of it: a full disk must not turn doubt into certainty.
            job.journal().note(JournalEntry.UNSETTLED, JournalEntry.YES);
            Conductor.HandedOver handedOver;
            try {
                handedOver = conductor.run(shell, hostDirectory);
            } catch (Conductor.Broken e) {
                return ended(job, e, begunNanos);
            }
            List<String> notes = new ArrayList<>();
            tidyUp(conductor, notes);
            job.journal().note(JournalEntry.UNSETTLED, "no");
            target.settleMemory(
                    job.definition(),
                    job.definition().toReceive(job.guest()),
                    job.guest().persistent());
            keepAutostart(starts, target, job.guest(), notes);
            Guest seen = conductor.seenThere(RUNS);
            Duration took = Duration.ofNanos(handedOver.runsNanos() - begunNanos);
            Optional<RoundTimes.Seen> rounds = way.seen();
            if (rounds.isEmpty()) {
                notes.add("the pause is without the last copy round, which nobody saw");
            }
            return new Migrated(
                    seen,
                    took,
                    Optional.of(Duration.ofNanos(handedOver.runsNanos()
                            - rounds.map(RoundTimes.Seen::lastRoundNanos).orElse(handedOver.sentNanos()))),
                    rounds.map(RoundTimes.Seen::transfer).or(() -> counted(way.counted(), handedOver)),
                    notes);
        }
    }

    /** In clear only the amount and the time are known. */
    private static Optional<Migrated.Transfer> counted(long bytes, Conductor.HandedOver times) {
        return bytes == 0
                ? Optional.empty()
                : Optional.of(new Migrated.Transfer(
                        bytes, 0, Math.round(bytes * 1e9 / (times.sentNanos() - times.sendingNanos())), 0, 0));
    }

    private static void note(MigrationJob job, LibvirtHypervisor target, String hostDirectory) {
        JournalEntry journal = job.journal();
        journal.note(Facts.DOMAIN_ID, Integer.toString(job.guest().id()));
        journal.note(Facts.HOST_DIRECTORY, hostDirectory);
        journal.note(Facts.PERSISTENT, job.guest().persistent() ? "yes" : "no");
        journal.note(Facts.TARGET_HAD, target.guest(job.guest().uuid()).isPresent() ? "yes" : "no");
    }

    /** The guest runs; what does not work here is told, and changes nothing about that. */
    private static void tidyUp(Conductor conductor, List<String> notes) {
        try {
            notes.addAll(conductor.definitions());
        } catch (Failure e) {
            notes.add("its old host could not be tidied up: " + e.getMessage());
        }
    }

    private static void keepAutostart(boolean starts, LibvirtHypervisor target, Guest guest, List<String> notes) {
        if (!starts) {
            return;
        }
        try {
            target.autostart(guest.uuid(), true);
        } catch (Failure e) {
            notes.add("that it starts with its host could not be set on its new one: " + e.getMessage());
        }
    }

    /** Asks both hosts what came of it; it may be on its new one all the same. */
    private Migrated ended(MigrationJob job, Conductor.Broken broken, long begunNanos) {
        List<String> sentences = new ArrayList<>();
        AfterMigration.End end;
        Optional<Guest> there = Optional.empty();
        try (OpenPool hosts = pool.get()) {
            end = new AfterMigration(
                            job.journal(), new PoolEnds(hosts, job.guest().uuid()), sentences)
                    .run();
            if (end.where() == AfterMigration.Where.TARGET) {
                there = hosts.host(job.target().host().name()).guest(job.guest().uuid());
            }
        } catch (Failure e) {
            throw failed(job, broken, "where it runs could not be found out: " + e.getMessage(), e.hint());
        }
        if (end.obstacle().isPresent()) {
            throw failed(
                    job,
                    broken,
                    end.obstacle().get().text(),
                    end.obstacle().get().hint());
        }
        job.journal().note(JournalEntry.UNSETTLED, "no");
        if (there.filter(guest -> guest.state().active()).isPresent()) {
            sentences.add(0, broken.getMessage());
            return new Migrated(
                    there.get(),
                    Duration.ofNanos(System.nanoTime() - begunNanos),
                    Optional.empty(),
                    Optional.empty(),
                    sentences);
        }
        throw failed(
                job,
                broken,
                (end.where() == AfterMigration.Where.TARGET
                                ? "it was on host '" + job.target().host().name() + "', and ended there"
                                : "it runs on host '" + job.source().host().name() + "' as before")
                        + " (" + String.join("; ", sentences) + ")",
                "Look at '/var/log/libvirt/libxl/libxl-driver.log' on both hosts, then try again.");
    }

    private static Failed failed(MigrationJob job, Conductor.Broken broken, String state, String hint) {
        return new Failed(
                "migration-broken",
                "guest '" + job.guest().name() + "' was not migrated from host '"
                        + job.source().host().name() + "' to '"
                        + job.target().host().name() + "': " + broken.getMessage() + "; " + state,
                hint,
                broken.failure());
    }

    @Override
    public Optional<Reason> settle(JournalEntry entry, OpenPool hosts, List<String> sentences) {
        UUID guest = UUID.fromString(entry.fact(JournalEntry.GUEST_UUID).orElseThrow());
        return new AfterMigration(entry, new PoolEnds(hosts, guest), sentences)
                .run()
                .obstacle();
    }
}
