package org.vfrt.core.standby;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.pool.Hypervisor;

/**
 * What a host lets run. A guarded guest starts on a host only while that host has a permit for it; the host itself asks, also when a person or another tool starts the guest. Permits do
 * not outlive the host's boot; that a guest is guarded does.
 *
 * <p>Every method throws {@link org.vfrt.core.failure.Temporary} when the host does not answer; what it asked for may have happened or not. Every method is idempotent.
 */
public interface Permits {

    /** Asks the host what it has. Changes nothing. */
    Standing standing(Hypervisor host);

    /**
     * Has a host start a guest only with a permit from now on. A guest that runs there goes on.
     *
     * @param name for people
     */
    void guard(Hypervisor host, UUID guest, String name);

    /** Ends that: the guest starts there as any other. */
    void unguard(Hypervisor host, UUID guest);

    /**
     * Ends that, unless the host has seen a later epoch: somebody who was told long ago to unguard a guest would else take away the guard that was put there since. Hosts that can do
     * this in one step do.
     *
     * @throws Refused when the host has seen a later epoch
     */
    default void unguard(Hypervisor host, UUID guest, long epoch) {
        boolean later = standing(host).guarded().stream()
                .anyMatch(guarded -> guarded.guest().equals(guest) && guarded.highestEpoch() > epoch);
        if (later) {
            throw new Refused(
                    "later-epoch",
                    "host '" + host.host().name() + "' has seen a later epoch of guest '" + guest + "' than " + epoch,
                    "Look at it with 'vfrt standby status'.");
        }
        unguard(host, guest);
    }

    /**
     * Gives a permit, and notes the epoch on the host durably.
     *
     * @param boot the boot that it is for
     * @throws org.vfrt.core.failure.Refused when the host runs under another boot, has not rejoined since, does not guard the guest, or has seen a later epoch of it
     */
    void give(Hypervisor host, String boot, UUID guest, long epoch);

    /**
     * Withdraws a permit of this epoch or an earlier one, notes the epoch on the host durably, and returns when no start that had begun with it is still going on. Afterwards no earlier
     * epoch gets a permit there: whoever takes a guest from a host withdraws with the epoch that the claim has next, so that one who still believes in the old claim cannot give again what
     * was taken.
     *
     * @throws org.vfrt.core.failure.Refused when the host has seen a later epoch
     */
    void withdraw(Hypervisor host, UUID guest, long epoch);

    /**
     * Lets permits be given in this boot. To be called when nothing stale is left on the host.
     *
     * @throws org.vfrt.core.failure.Refused when the host runs under another boot
     */
    void rejoin(Hypervisor host, String boot);

    /**
     * What a host has.
     *
     * @param boot the kernel's boot id
     * @param installed whether the host asks for permits at all
     * @param rejoined whether permits can be given in this boot
     */
    record Standing(String boot, boolean installed, boolean rejoined, List<Guarded> guarded) {}

    /**
     * A guest that a host guards.
     *
     * @param highestEpoch that the host has seen; 0 for none
     * @param permit the epoch of its permit
     */
    record Guarded(UUID guest, String name, long highestEpoch, Optional<Long> permit) {}
}
