package org.vfrt.xen.libvirt;

import java.util.Locale;
import org.libvirt.Error.ErrorNumber;
import org.libvirt.LibvirtException;
import org.vfrt.core.failure.Busy;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.NotFound;
import org.vfrt.core.failure.Temporary;
import org.vfrt.core.pool.Host;

/**
 * Says in vfrt's words what libvirt refused. Connection errors share one code in libvirt (VIR_ERR_SYSTEM_ERROR), so they are told
 * apart by their texts, as libvirt 9.0 and OpenSSH 9.2 write them in English.
 */
final class LibvirtErrors {

    private LibvirtErrors() {}

    static Failure connecting(Host host, LibvirtException e) {
        String text = text(e);
        String lower = text.toLowerCase(Locale.ROOT);
        String where = "host '" + host.name() + "' cannot be reached through '"
                + host.uri().text() + "': ";
        if (lower.contains("could not resolve") || lower.contains("name or service not known")) {
            return new Failed(
                    "unknown-host", where + text, "Check the name in the URI, and that DNS or /etc/hosts knows it.", e);
        }
        if (lower.contains("host key verification failed")) {
            return new Failed(
                    "host-key",
                    where + text,
                    "Learn the host's key, for example with 'ssh " + target(host) + " true', and compare it.",
                    e);
        }
        if ((lower.contains("permission denied") && host.uri().ssh())
                || is(e, ErrorNumber.VIR_ERR_AUTH_FAILED)
                || is(e, ErrorNumber.VIR_ERR_AUTH_CANCELLED)
                || is(e, ErrorNumber.VIR_ERR_AUTH_UNAVAILABLE)) {
            return new Failed(
                    "auth-failed",
                    where + text,
                    host.uri().ssh()
                            ? "See that 'ssh -o BatchMode=yes " + target(host)
                                    + " true' works; name the key with '?keyfile='."
                            : "Check the user's rights on the libvirt socket, or its certificates.",
                    e);
        }
        if (lower.contains("permission denied")) {
            return new Failed(
                    "auth-failed", where + text, "Run vfrt as root, or add the user to the group 'libvirt'.", e);
        }
        if (lower.contains("no connection driver") || is(e, ErrorNumber.VIR_ERR_NO_XEN)) {
            return new Failed(
                    "no-driver",
                    where + text,
                    "See that the host runs Xen ('xl info') and has the package 'libvirt-daemon-driver-xen'.",
                    e);
        }
        if (lower.contains("failed to connect socket to") || lower.contains("virt-ssh-helper")) {
            return new Temporary(
                    "libvirt-not-running", where + text, "Start libvirt on the host: 'systemctl start libvirtd'.", e);
        }
        if (lower.contains("connection refused")
                || lower.contains("connection reset")
                || lower.contains("connection closed")
                || lower.contains("timed out")
                || lower.contains("no route to host")
                || lower.contains("unreachable")
                || lower.contains("end of file")) {
            return new Temporary(
                    "host-unreachable",
                    where + text,
                    host.uri().ssh()
                            ? "See whether 'ssh " + target(host) + " true' works."
                            : "See whether the host is up and libvirt listens there.",
                    e);
        }
        return new Failed(
                "connect-failed",
                where + text,
                "Compare with 'virsh -c " + host.uri().text() + " version'.",
                e);
    }

    /** What a call on an open connection failed with. */
    static Failure asking(Host host, String what, LibvirtException e, boolean alive) {
        String text = text(e);
        // The text alone does not tell: a migration reports the broken connection of the other side in the same words.
        if (!alive || is(e, ErrorNumber.VIR_ERR_INVALID_CONN)) {
            return lost(host, what, text, e);
        }
        String message = what + " failed on host '" + host.name() + "': " + text;
        if (is(e, ErrorNumber.VIR_ERR_NO_DOMAIN)) {
            return new NotFound(
                    "no-such-guest", message, "List the guests with 'vfrt guest list'; it may have moved.", e);
        }
        if (is(e, ErrorNumber.VIR_ERR_OPERATION_TIMEOUT)) {
            return new Busy(
                    "guest-job",
                    message,
                    "Another libvirt job holds the guest. If 'virsh domjobinfo' shows it and nothing is going on, restart"
                            + " libvirtd on the host: its guests are not touched.",
                    e);
        }
        if (is(e, ErrorNumber.VIR_ERR_ACCESS_DENIED) || is(e, ErrorNumber.VIR_ERR_AUTH_FAILED)) {
            return new Failed("access-denied", message, "Use a libvirt user with full access to the guest.", e);
        }
        if (is(e, ErrorNumber.VIR_ERR_NO_SUPPORT)) {
            return new Failed("not-supported", message, "This libvirt driver cannot do it.", e);
        }
        return new Failed(
                "libvirt-refused", message, "See the host's log: 'journalctl -u libvirtd --since -10min'.", e);
    }

    static Temporary lost(Host host, String what, String text, Throwable cause) {
        return new Temporary(
                "host-lost",
                "host '" + host.name() + "' stopped answering during " + what + ": " + text,
                "See whether the host is up, then run the command again; 'vfrt host show " + host.name() + "' asks it.",
                cause);
    }

    static Failed noLibrary(UnsatisfiedLinkError e) {
        return new Failed(
                "no-libvirt",
                "libvirt's client library cannot be loaded",
                "Install it: 'apt-get install libvirt0'.",
                e);
    }

    static boolean is(LibvirtException e, ErrorNumber number) {
        return e.getError() != null && e.getError().getCode() == number;
    }

    private static String text(LibvirtException e) {
        String message = e.getError() == null ? e.getMessage() : e.getError().getMessage();
        return message == null ? "no reason given" : message.strip().replace('\n', ' ');
    }

    private static String target(Host host) {
        String server = host.uri().server().orElse("localhost");
        String port = host.uri().port().map(number -> "-p " + number + " ").orElse("");
        return port + host.uri().user().map(user -> user + "@" + server).orElse(server);
    }
}
