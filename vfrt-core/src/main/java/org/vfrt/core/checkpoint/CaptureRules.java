package org.vfrt.core.checkpoint;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.vfrt.core.disk.SurveyedDisk;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.pool.Definition;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.GuestState;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.text.Amounts;

/** Why a guest gets no checkpoint, whatever the method. */
public final class CaptureRules {

    private CaptureRules() {}

    /** Why the disks cannot be part of a checkpoint. */
    static List<Reason> disks(List<SurveyedDisk> disks) {
        return disks.stream().flatMap(disk -> disk.obstacle().stream()).toList();
    }

    /** Why Xen cannot take the guest's memory out of its host at all, for a checkpoint or for another host. */
    public static List<Reason> cannotBeSaved(Hypervisor host, Guest guest, Definition definition) {
        List<Reason> reasons = new ArrayList<>();
        state(guest).ifPresent(reasons::add);
        if (host.pausedOutside(guest)) {
            reasons.add(new Reason(
                    "guest-paused",
                    "Xen has the guest paused, although libvirt says that it runs; a paused guest cannot answer Xen's request to suspend",
                    "Let it run first, with 'xl unpause " + guest.name() + "' on host '"
                            + host.host().name() + "'."));
        }
        if (guest.state().active() && host.jobActive(guest.uuid())) {
            reasons.add(new Reason(
                    "guest-in-job",
                    "libvirt has a job open on the guest",
                    "Wait for the save or migration to end; if there is none, 'vfrt migrate repair " + guest.name()
                            + "' finds out (bug A in docs/operations.md)."));
        }
        if (definition.hostDevices()) {
            reasons.add(new Reason(
                    "host-devices",
                    "the guest has a device of the host passed through",
                    "Xen can neither save nor migrate such a guest; detach the device first."));
        }
        if (definition.vnuma()) {
            reasons.add(new Reason(
                    "vnuma",
                    "the guest has a virtual NUMA topology",
                    "Xen can neither save nor migrate such a guest; take '<numa>' out of its definition."));
        }
        return reasons;
    }

    private static Optional<Reason> state(Guest guest) {
        GuestState state = guest.state();
        if (!state.active()) {
            return Optional.of(new Reason(
                    "guest-not-running", "the guest is not running", "Start it first: it has no memory to keep."));
        }
        if (state == GuestState.PAUSED) {
            return Optional.of(new Reason(
                    "guest-paused",
                    "the guest is paused, and a paused guest cannot answer Xen's request to suspend",
                    "Let it run first, with 'virsh resume " + guest.name() + "'."));
        }
        if (!state.running()) {
            return Optional.of(new Reason(
                    "guest-" + state.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-'),
                    "the guest is in state '" + state + "'",
                    "Bring it into a running state first."));
        }
        return Optional.empty();
    }

    static Optional<Reason> space(CheckpointStore store, List<Manifest> before, UUID guest, Definition definition) {
        SpacePrediction needed = SpacePrediction.of(store, before, guest, definition);
        long free = store.freeBytes();
        if (free >= needed.bytes()) {
            return Optional.empty();
        }
        return Optional.of(new Reason(
                "store-too-full",
                "the store has " + (free >> 20) + " MiB free beside its reserve, and the checkpoint may need "
                        + (needed.bytes() >> 20) + " MiB (" + needed.basis() + ")",
                "Make room with 'vfrt checkpoint prune' or 'vfrt store gc', or choose another store."));
    }

    /**
     * Returns why an operation is refused whose predicted pause is longer than is allowed.
     *
     * @param most empty when any pause is
     * @param basis what the prediction comes from
     */
    public static Optional<Reason> pauseWithin(
            Optional<Duration> most, Duration predicted, String basis, String guestName) {
        return most.filter(limit -> predicted.compareTo(limit) > 0)
                .map(limit -> new Reason(
                        "pause-too-long",
                        "guest '" + guestName + "' would probably stand still for " + Amounts.duration(predicted)
                                + ", and " + Amounts.duration(limit) + " are allowed (" + basis + ")",
                        "Allow more with '--max-pause', or try when the guest writes less memory."));
    }
}
