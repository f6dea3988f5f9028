package org.vfrt.xen.libvirt;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.libvirt.Connect;
import org.libvirt.LibvirtException;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.failure.Temporary;
import org.vfrt.core.pool.Host;
import org.vfrt.core.pool.HostUri;
import org.vfrt.core.pool.Hypervisors;
import org.vfrt.xen.host.DetachedSsh;

/** Opens libvirt connections. Safe for use by several threads. */
public final class LibvirtHypervisors implements Hypervisors {

    /** Patient on purpose: a dom0 that writes a guest's memory to disk can be mute for many seconds without being dead. */
    private static final KeepAlive KEEP_ALIVE = new KeepAlive(10, 6);

    private static final KeepAlive NO_KEEP_ALIVE = new KeepAlive(0, 0);

    private final boolean insecure;
    private final Duration connectDeadline;
    private final KeepAlive keepAlive;

    /**
     * @param insecure allow transports in clear and ssh without a check of the host's key
     * @param connectDeadline how long one host may take to answer
     */
    public LibvirtHypervisors(boolean insecure, Duration connectDeadline) {
        this(insecure, connectDeadline, NO_KEEP_ALIVE);
    }

    private LibvirtHypervisors(boolean insecure, Duration connectDeadline, KeepAlive keepAlive) {
        this.insecure = insecure;
        this.connectDeadline = connectDeadline;
        this.keepAlive = keepAlive;
    }

    /**
     * Returns the same for commands that do something to guests: with connections that notice within about 70 s that their host is dead, also in the
     * middle of a long call, and with the shell of each host connected soon. It costs a thread for libvirt's events, so quick commands do without.
     *
     * <p>Call it before the first connection of the process is opened: libvirt takes note of the event loop only then.
     */
    public LibvirtHypervisors keepAlive() {
        return keepAlive(KEEP_ALIVE.intervalSeconds(), KEEP_ALIVE.count());
    }

    LibvirtHypervisors keepAlive(int intervalSeconds, int count) {
        EventLoop.start();
        return new LibvirtHypervisors(insecure, connectDeadline, new KeepAlive(intervalSeconds, count));
    }

    /**
     * Connects to a host.
     *
     * @throws Refused {@code plain-transport}, {@code unverified-host-key}: the URI is not safe, and nobody said it may be
     * @throws Temporary {@code host-timeout}, {@code host-unreachable}, {@code libvirt-not-running}
     * @throws org.vfrt.core.failure.Failed {@code unknown-host}, {@code auth-failed}, {@code host-key}, {@code no-driver},
     *     {@code connect-failed}: trying again would not help
     */
    @Override
    public LibvirtHypervisor connect(Host host) {
        if (!insecure) {
            refuseUnsafe(host);
        }
        ErrorSilence.begin();
        return new LibvirtHypervisor(host, open(host), keepAlive.count() > 0);
    }

    private Connect open(Host host) {
        CompletableFuture<Connect> opening = new CompletableFuture<>();
        Thread thread = new Thread(() -> open(host, opening), "vfrt-connect-" + host.name());
        thread.setDaemon(true);
        thread.start();
        try {
            return opening.get(connectDeadline.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            // Whoever completes it first wins: a connection that comes too late finds it completed and closes itself.
            opening.completeExceptionally(e);
            throw new Temporary(
                    "host-timeout",
                    "host '" + host.name() + "' did not answer within " + connectDeadline.toSeconds() + " s",
                    "See whether 'virsh -c " + host.uri().text() + " version' answers, and how busy the host is.",
                    e);
        } catch (InterruptedException e) {
            opening.completeExceptionally(e);
            Thread.currentThread().interrupt();
            throw new Temporary("interrupted", "connecting to host '" + host.name() + "' was interrupted", "", e);
        } catch (ExecutionException e) {
            throw failure(host, e.getCause());
        }
    }

    private void open(Host host, CompletableFuture<Connect> opening) {
        Optional<DetachedSsh> detached =
                keepAlive.count() > 0 && host.uri().ssh() ? DetachedSsh.of(host.uri()) : Optional.empty();
        try {
            Connect connect = new Connect(uriFor(host.uri(), detached.map(DetachedSsh::path)));
            begin(keepAlive, connect);
            if (!opening.complete(connect)) {
                connect.close();
            }
        } catch (LibvirtException | RuntimeException | LinkageError e) {
            opening.completeExceptionally(e);
        } finally {
            detached.ifPresent(DetachedSsh::close);
        }
    }

    private static Failure failure(Host host, @Nullable Throwable cause) {
        if (cause instanceof LibvirtException e) {
            return LibvirtErrors.connecting(host, e);
        }
        if (cause instanceof UnsatisfiedLinkError e) {
            return LibvirtErrors.noLibrary(e);
        }
        throw new IllegalStateException(cause);
    }

    private static void begin(KeepAlive keepAlive, Connect connect) {
        if (keepAlive.count() > 0) {
            try {
                connect.setKeepAlive(keepAlive.intervalSeconds(), keepAlive.count());
            } catch (LibvirtException e) {
                // The drivers inside this process cannot be cut off, and say so by refusing.
                return;
            }
        }
    }

    private static void refuseUnsafe(Host host) {
        if (host.uri().plain()) {
            throw new Refused(
                    "plain-transport",
                    "host '" + host.name() + "' would be reached in clear through '"
                            + host.uri().text() + "'",
                    "Use 'xen+ssh://' or 'xen+tls://', or say --insecure on a network where nobody else listens.");
        }
        if ("1".equals(host.uri().parameters().get("no_verify"))) {
            throw new Refused(
                    "unverified-host-key",
                    "the URI of host '" + host.name() + "' turns the check of the host's identity off",
                    "Remove 'no_verify=1' and learn the host's key with 'ssh-keyscan', or say --insecure.");
        }
    }

    /**
     * ssh must never ask for a password: there may be nobody, and the deadline would cut the question off.
     *
     * @param ssh what is started in its place
     */
    static String uriFor(HostUri uri, Optional<Path> ssh) {
        StringBuilder text = new StringBuilder(uri.text());
        if (uri.ssh() && !uri.parameters().containsKey("no_tty")) {
            text.append(uri.text().contains("?") ? '&' : '?').append("no_tty=1");
        }
        // Of two commands libvirt takes the last (doRemoteOpen in remote_driver.c).
        ssh.ifPresent(program -> text.append(text.indexOf("?") < 0 ? '?' : '&')
                .append("command=")
                .append(program.toString().replace("%", "%25").replace("&", "%26")));
        return text.toString();
    }

    /** After {@code count} unanswered questions, one every {@code intervalSeconds}, a connection is dead. */
    private record KeepAlive(int intervalSeconds, int count) {}
}
