package org.vfrt.xen.migrate;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.pool.OpenPool;
import org.vfrt.xen.host.GuestGuard;
import org.vfrt.xen.host.HostShell;
import org.vfrt.xen.host.Leftovers;
import org.vfrt.xen.libvirt.LibvirtHypervisor;

/** Hosts of a pool, through libvirt and their shells. */
final class PoolEnds implements Ends {

    private static final Duration TIDYING = Duration.ofMinutes(1);
    private static final Duration UNDEFINING = Duration.ofMinutes(2);

    private final OpenPool hosts;
    private final UUID uuid;

    PoolEnds(OpenPool hosts, UUID uuid) {
        this.hosts = hosts;
        this.uuid = uuid;
    }

    @Override
    public Optional<End> answering(String host) {
        return of(host).map(LibvirtHypervisor.class::cast)
                .filter(PoolEnds::stillAnswers)
                .map(OneEnd::new);
    }

    @Override
    public Optional<String> uri(String host) {
        return of(host).map(one -> one.host().uri().text());
    }

    private Optional<Hypervisor> of(String name) {
        return hosts.answering().stream()
                .filter(one -> one.host().name().equals(name))
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

    private final class OneEnd implements End {

        private final LibvirtHypervisor host;

        OneEnd(LibvirtHypervisor host) {
            this.host = host;
        }

        @Override
        public Optional<Guest> guest() {
            return host.guest(uuid);
        }

        @Override
        public void clear(int receivePort) {
            Leftovers.clear(shell(), host.host().name(), uuid, receivePort);
        }

        @Override
        public void takeAway() {
            Received.takeAway(host, uuid);
        }

        @Override
        public List<String> cure(Old old) {
            List<String> sentences = GuestGuard.cure(shell(), old.directory(), old.domainId(), uuid, old.sendPort());
            tidy(old);
            return sentences;
        }

        @Override
        public List<String> remove(Old old) {
            List<String> sentences = GuestGuard.remove(shell(), old.directory(), old.domainId(), uuid, old.sendPort());
            tidy(old);
            return sentences;
        }

        private void tidy(Old old) {
            shell().run(List.of("rm", "-rf", "--", old.directory()), TIDYING);
        }

        @Override
        public Optional<String> undefine() {
            // Through a libvirt that may have been restarted just now.
            HostShell.Result undefined = shell().run(
                            List.of(
                                    "sh",
                                    "-c",
                                    "virsh -q -c xen:///system domstate \"$1\" >/dev/null 2>&1 || exit 0;"
                                            + " virsh -q -c xen:///system undefine \"$1\"",
                                    "sh",
                                    uuid.toString()),
                            UNDEFINING);
            return undefined.ok() ? Optional.empty() : Optional.of(undefined.complaint());
        }

        private HostShell shell() {
            return host.shell().orElseThrow();
        }
    }
}
