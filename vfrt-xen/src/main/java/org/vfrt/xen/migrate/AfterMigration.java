package org.vfrt.xen.migrate;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.journal.JournalEntry;
import org.vfrt.core.migrate.MigrationFacts;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.GuestState;
import org.vfrt.core.pool.Host;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.pool.OpenPool;
import org.vfrt.xen.host.GuestGuard;
import org.vfrt.xen.host.HostShell;
import org.vfrt.xen.host.Leftovers;
import org.vfrt.xen.libvirt.LibvirtHypervisor;

/**
 * Brings a migration that broke to an end, by what both hosts say: the guest runs on one of them, and nothing of it is left on the other. Never
 * resumes it on the source before the target has said that it does not run there and cannot any more (rule 1).
 */
final class AfterMigration {

    private final JournalEntry entry;
    private final UUID uuid;
    private final String guest;
    private final String sourceName;
    private final String targetName;
    private final OpenPool hosts;
    private final List<String> sentences;

    /** @param sentences gets what was found and done, one sentence each */
    AfterMigration(JournalEntry entry, OpenPool hosts, List<String> sentences) {
        this.entry = entry;
        this.uuid = UUID.fromString(fact(entry, JournalEntry.GUEST_UUID));
        this.guest = fact(entry, JournalEntry.GUEST);
        this.sourceName = fact(entry, JournalEntry.HOST);
        this.targetName = fact(entry, MigrationFacts.TARGET);
        this.hosts = hosts;
        this.sentences = sentences;
    }

    /** Where the guest is now. */
    enum Where {
        SOURCE,
        TARGET,
        /** It cannot be told now, or nothing can be done about it. */
        UNKNOWN
    }

    /**
     * What came of it.
     *
     * @param obstacle why it is not brought to an end; empty when it is
     */
    record End(Where where, Optional<Reason> obstacle) {

        static End at(Where where) {
            return new End(where, Optional.empty());
        }

        static End stuck(String code, String text, String hint) {
            return new End(Where.UNKNOWN, Optional.of(new Reason(code, text, hint)));
        }
    }

    /** Asks both ends, and does what follows. Idempotent. */
    End run() {
        Optional<String> phase = entry.fact(Facts.PHASE);
        if (phase.isEmpty()) {
            sentences.add("the guest had not been touched");
            return End.at(Where.SOURCE);
        }
        Optional<End> other = otherTarget();
        if (other.isPresent()) {
            return other.get();
        }
        Optional<LibvirtHypervisor> source = answering(sourceName);
        Optional<LibvirtHypervisor> target = answering(targetName);
        return phase.get().equals(Facts.COPYING) ? copying(source, target) : handingOver(phase.get(), source, target);
    }

    /** The target was never asked to let it run. */
    private End copying(Optional<LibvirtHypervisor> source, Optional<LibvirtHypervisor> target) {
        if (target.isPresent()) {
            Optional<End> odd = clearTarget(target.get());
            if (odd.isPresent()) {
                return odd.get();
            }
        } else {
            sentences.add("host '" + targetName + "' does not answer; what it received of the guest never ran, and"
                    + " 'vfrt migrate repair " + guest + "' takes it away when the host answers again");
        }
        if (source.isEmpty()) {
            return End.stuck(
                    "host-silent",
                    "host '" + sourceName + "' does not answer, where guest '" + guest
                            + "' runs, with a guard that sees to it that it goes on",
                    "When the host answers, run 'vfrt host check'.");
        }
        return cure(source.get());
    }

    /** Takes away what never ran. Returns what stands in the way. */
    private Optional<End> clearTarget(LibvirtHypervisor target) {
        int port = Integer.parseInt(entry.fact(Facts.RECEIVE_PORT).orElse("0"));
        if (port != 0 || target.guest(uuid).isPresent()) {
            boolean active = Leftovers.clear(shell(target), targetName, uuid, port);
            Optional<Guest> there = target.guest(uuid).filter(one -> one.state().active());
            if (active && there.isPresent()) {
                if (!neverRan(there.get())) {
                    return Optional.of(twice(there.get()));
                }
                target.destroy(uuid);
                sentences.add("what host '" + targetName + "' had received of the guest was taken away");
            }
        }
        return Optional.empty();
    }

    private End twice(Guest there) {
        return End.stuck(
                "guest-active-twice",
                "guest '" + guest + "' is active on host '" + targetName + "' in state '" + there.state()
                        + "', although its migration there was never finished",
                "Find out which of the two is right before anything else: 'vfrt migrate repair " + guest + "'.");
    }

    private End handingOver(String phase, Optional<LibvirtHypervisor> source, Optional<LibvirtHypervisor> target) {
        if (target.isEmpty()) {
            return End.stuck(
                    "target-silent",
                    "host '" + targetName + "' does not answer, and guest '" + guest + "' may run there; on host '"
                            + sourceName + "' it is suspended, and is not resumed",
                    "Bring host '" + targetName + "' back and run 'vfrt host check'. If that host is off for certain, '"
                            + "vfrt migrate repair " + guest + " --is-off " + targetName
                            + " --apply' lets the guest go on on host '"
                            + sourceName + "'.");
        }
        Leftovers.clear(shell(target.get()), targetName, uuid, 0);
        Optional<Guest> there = target.get().guest(uuid);
        if (there.filter(one -> one.state().active() && !neverRan(one)).isPresent()) {
            sentences.add("the guest runs on host '" + targetName + "'");
            return source.isEmpty() ? sourceSilent() : removeFrom(source.get());
        }
        boolean active = there.filter(one -> one.state().active()).isPresent();
        if (!active && (phase.equals(Facts.CONFIRMING) || endedThere(there))) {
            sentences.add("the guest ran on host '" + targetName + "' and has ended there since");
            return source.isEmpty() ? sourceSilent() : removeFrom(source.get());
        }
        if (source.isEmpty()) {
            return End.stuck(
                    "host-silent",
                    "host '" + sourceName + "' does not answer, where guest '" + guest + "' is suspended; what host '"
                            + targetName + "' has of it does not run",
                    "When host '" + sourceName + "' answers, run 'vfrt host check'.");
        }
        // Gone there before it goes on here: a Finish that is still on its way finds nothing to let run.
        if (active) {
            target.get().destroy(uuid);
            sentences.add("what host '" + targetName + "' had received of the guest, which never ran, was taken away");
        }
        return cure(source.get());
    }

    private boolean endedThere(Optional<Guest> there) {
        return there.filter(Guest::persistent).isPresent()
                && entry.fact(Facts.PERSISTENT).filter("yes"::equals).isPresent()
                && entry.fact(Facts.TARGET_HAD).filter("no"::equals).isPresent();
    }

    private End sourceSilent() {
        return new End(
                Where.TARGET,
                Optional.of(new Reason(
                        "host-silent",
                        "host '" + sourceName + "' does not answer, where a suspended domain of guest '" + guest
                                + "' is left",
                        "When the host answers, run 'vfrt host check'. Do not resume that domain.")));
    }

    private End removeFrom(LibvirtHypervisor source) {
        sentences.addAll(GuestGuard.remove(shell(source), directory(), domainId(), uuid, sendPort()));
        tidy(source);
        // Through a libvirt that may have been restarted just now.
        HostShell.Result undefined = shell(source)
                .run(
                        List.of(
                                "sh",
                                "-c",
                                "virsh -q -c xen:///system domstate \"$1\" >/dev/null 2>&1 || exit 0;"
                                        + " virsh -q -c xen:///system undefine \"$1\"",
                                "sh",
                                uuid.toString()),
                        java.time.Duration.ofMinutes(2));
        if (!undefined.ok()) {
            sentences.add("its definition is still on host '" + sourceName + "' too: " + undefined.complaint());
        }
        return End.at(Where.TARGET);
    }

    private End cure(LibvirtHypervisor source) {
        sentences.addAll(GuestGuard.cure(shell(source), directory(), domainId(), uuid, sendPort()));
        tidy(source);
        sentences.add("the guest is on host '" + sourceName + "', as before");
        return End.at(Where.SOURCE);
    }

    private void tidy(LibvirtHypervisor source) {
        shell(source).run(List.of("rm", "-rf", "--", directory()), java.time.Duration.ofMinutes(1));
    }

    private Optional<End> otherTarget() {
        Optional<String> noted = entry.fact(MigrationFacts.TARGET_URI);
        Optional<Host> here = hosts.answering().stream()
                .map(Hypervisor::host)
                .filter(host -> host.name().equals(targetName))
                .findFirst();
        if (noted.isEmpty() || here.isEmpty() || here.get().uri().text().equals(noted.get())) {
            return Optional.empty();
        }
        return Optional.of(End.stuck(
                "other-host",
                "the migration of guest '" + guest + "' went to the host at '" + noted.get() + "', and '" + targetName
                        + "' is now the one at '" + here.get().uri().text() + "'",
                "Run 'vfrt host check' with the configuration that it was begun with."));
    }

    private Optional<LibvirtHypervisor> answering(String name) {
        return hosts.answering().stream()
                .filter(one -> one.host().name().equals(name))
                .map(LibvirtHypervisor.class::cast)
                .filter(AfterMigration::stillAnswers)
                .findFirst();
    }

    /** A connection that a dead host broke stays in the list. */
    private static boolean stillAnswers(LibvirtHypervisor host) {
        try {
            host.facts();
            return true;
        } catch (Failure e) {
            return false;
        }
    }

    /** A domain that Xen has built and nobody has let run: paused, without a nanosecond of CPU time. */
    static boolean neverRan(Guest guest) {
        return guest.state() == GuestState.PAUSED && guest.cpuTime().isZero();
    }

    private String directory() {
        return fact(entry, Facts.HOST_DIRECTORY);
    }

    private int domainId() {
        return Integer.parseInt(fact(entry, Facts.DOMAIN_ID));
    }

    /** Nothing was sent yet where none is noted: then no connection is found at this one either. */
    private int sendPort() {
        return Integer.parseInt(entry.fact(Facts.SEND_PORT).orElse("1"));
    }

    private static HostShell shell(LibvirtHypervisor host) {
        return host.shell().orElseThrow();
    }

    private static String fact(JournalEntry entry, String key) {
        return entry.fact(key).orElseThrow(() -> new IllegalStateException("the journal entry has no '" + key + "'"));
    }
}
