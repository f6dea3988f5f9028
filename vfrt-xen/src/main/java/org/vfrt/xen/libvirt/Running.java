package org.vfrt.xen.libvirt;

import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.vfrt.core.failure.NotFound;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.Hypervisor;

/**
 * Finds out whether a guest really runs. libvirt says "running" of a guest that was left suspended (bug C); only its CPU time tells. The
 * test driver's guests have no CPU, so there libvirt's word is taken.
 */
public final class Running {

    private static final Duration INTERVAL = Duration.ofMillis(100);

    private Running() {}

    /**
     * Watches the guest until it is seen running. Returns at once when it is not active: nothing will change that by waiting.
     *
     * @return the guest as seen last; empty when it is not on the host
     */
    public static Seen watch(Hypervisor host, UUID uuid, Duration deadline) {
        boolean xen = host.xen();
        long end = System.nanoTime() + deadline.toNanos();
        Optional<Guest> first = host.guest(uuid);
        Optional<Guest> now = first;
        while (now.filter(guest -> guest.state().active()).isPresent()) {
            if (now.get().state().running() && (!xen || moved(first, now.get()))) {
                return new Seen(now, true);
            }
            if (System.nanoTime() - end > 0 || !pause()) {
                return new Seen(now, false);
            }
            now = host.guest(uuid);
        }
        return new Seen(now, false);
    }

    /** Under a new id it is a new domain, which counts from the beginning: then any CPU time used is movement. */
    private static boolean moved(Optional<Guest> first, Guest now) {
        Duration before = first.filter(guest -> guest.id() == now.id())
                .map(Guest::cpuTime)
                .orElse(Duration.ZERO);
        return now.cpuTime().compareTo(before) > 0;
    }

    /** Returns whether libvirt has a job open on the guest; a guest that is gone has none. */
    static boolean busy(Hypervisor host, UUID uuid) {
        try {
            return host.guest(uuid).isPresent() && host.jobActive(uuid);
        } catch (NotFound e) {
            return false;
        }
    }

    /** Returns whether it was not interrupted. */
    static boolean pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(INTERVAL.toMillis());
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** How a guest was seen last, and whether it ran. */
    public record Seen(Optional<Guest> guest, boolean running) {

        /** Returns whether its host has it active. */
        public boolean active() {
            return guest.filter(found -> found.state().active()).isPresent();
        }
    }
}
