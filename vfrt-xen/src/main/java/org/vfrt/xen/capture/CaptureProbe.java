package org.vfrt.xen.capture;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.pool.Host;
import org.vfrt.core.pool.HostFacts;
import org.vfrt.core.pool.Version;
import org.vfrt.xen.host.GuestGuard;
import org.vfrt.xen.host.HostShell;
import org.vfrt.xen.host.RootShell;
import org.vfrt.xen.host.RuntimeDirectory;
import org.vfrt.xen.host.Tunnel;
import org.vfrt.xen.libvirt.LibvirtHypervisor;

/** Asks a host why a guest cannot be captured live there. What a host needs is probed, never assumed from its version alone. */
final class CaptureProbe {

    private static final Logger LOG = LoggerFactory.getLogger(CaptureProbe.class);

    /** Xen's migration streams have version 3 from here on. */
    private static final Version XEN_OLDEST = new Version(4, 14, 0);

    private static final Version LIBVIRT_OLDEST = new Version(9, 0, 0);

    /** The last version seen to resume the guest of a migration that was called off; 11.3 does not any more (bug D). */
    private static final Version RESUMES_UNTIL = new Version(9, 0, 999);

    /** Nothing connects through the probe's tunnel, so nothing need listen there. */
    private static final int PROBED_PORT = 9;

    private CaptureProbe() {}

    static List<Reason> obstacles(LibvirtHypervisor hypervisor, HostFacts facts, boolean insecure) {
        Host host = hypervisor.host();
        List<Reason> reasons = new ArrayList<>(versions(facts));
        Optional<HostShell> shell = hypervisor.shell();
        try {
            reasons.addAll(RootShell.obstacles(host, shell));
            if (shell.isEmpty()) {
                return reasons;
            }
            reasons.addAll(resume(host, facts, shell.get()));
            if (insecure && host.captureAddress().isPresent()) {
                PlainRoute.probe(host, shell.get(), host.captureAddress().get());
            }
            tunnels(shell.get());
        } catch (Failure failure) {
            reasons.add(new Reason(failure.code(), failure.getMessage(), failure.hint()));
        }
        return reasons;
    }

    /** Opens and closes what a capture will need, so that a host that forwards nothing is known before a guest is captured there. */
    private static void tunnels(HostShell shell) {
        try (RuntimeDirectory here = RuntimeDirectory.make();
                Tunnel socket = shell.forwardSocketToHere("/run/vfrt-probe." + UUID.randomUUID(), here.socket());
                Tunnel port = shell.forwardPortToHere(PROBED_PORT)) {
            LOG.debug("the host would reach vfrt at '{}' and '{}'", socket.address(), port.address());
        }
    }

    private static List<Reason> versions(HostFacts facts) {
        List<Reason> reasons = new ArrayList<>();
        if (facts.hypervisorVersion().compareTo(XEN_OLDEST) < 0) {
            reasons.add(new Reason(
                    "xen-too-old",
                    "Xen " + facts.hypervisorVersion() + " sends another stream than vfrt reads",
                    "Live capture needs Xen " + XEN_OLDEST + " or newer; use '--method save'."));
        }
        if (facts.libvirtVersion().compareTo(LIBVIRT_OLDEST) < 0) {
            reasons.add(new Reason(
                    "libvirt-too-old",
                    "libvirt " + facts.libvirtVersion() + " was never tried",
                    "Live capture needs libvirt " + LIBVIRT_OLDEST + " or newer; use '--method save'."));
        }
        return reasons;
    }

    /**
     * A libvirt that resumes the guest by itself needs the guard only when the transfer breaks, which a restart of libvirtd cures.
     * Where the guest is left suspended each time, restarting libvirtd each time would disturb other work on the host.
     */
    private static List<Reason> resume(Host host, HostFacts facts, HostShell shell) {
        if (facts.libvirtVersion().compareTo(RESUMES_UNTIL) <= 0 || GuestGuard.way(shell) != GuestGuard.Way.RESTART) {
            return List.of();
        }
        return List.of(new Reason(
                "no-resume",
                "libvirt " + facts.libvirtVersion() + " on host '" + host.name()
                        + "' may leave the guest suspended (bug D), and there is nothing on the host to resume it with",
                "Install the host's 'xen-utils', Xen 4.20 or newer has 'xl resume'; or use '--method save'."));
    }
}
