package org.vfrt.core.checkpoint;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.vfrt.core.disk.PairedDisk;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.pool.Definition;
import org.vfrt.core.pool.HostFacts;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.pool.OpenPool;

/** Why a checkpoint is not restored, whatever its format. */
final class RestoreRules {

    /** What Xen itself needs for a domain, roughly: xapi reckons with 1/128 of the memory and 2 MiB. */
    private static final long OVERHEAD_BYTES = 4L << 20;

    private RestoreRules() {}

    /** Memory belongs to the disks that it was taken with (rule 3), and two guests that write to one disk destroy it. */
    static List<Reason> disks(RestoreCheckpoint.Request request, Manifest manifest) {
        boolean unpaired = !manifest.unpairedDisks().isEmpty();
        if (!unpaired && manifest.disks().isEmpty()) {
            return List.of();
        }
        String disks = String.join(
                ", ",
                unpaired
                        ? manifest.unpairedDisks()
                        : manifest.disks().stream().map(PairedDisk::target).toList());
        if (request.copyName().isPresent() && (unpaired || disksAsTheyAre(request, manifest))) {
            return List.of(
                    new Reason(
                            "copy-shares-disks",
                            "a second copy would write to the same disks " + disks + " as the original",
                            "A copy gets disks of its own where they are part of the checkpoint, and nothing is said of those there are."));
        }
        if (unpaired && request.form() == RestoreForm.COLD_PAIRED) {
            return List.of(new Reason(
                    "disks-not-paired",
                    "the checkpoint does not hold the states of " + disks,
                    "Start it over its disks as they are with 'vfrt checkpoint restore " + manifest.id()
                            + " --cold current'."));
        }
        if (disksAsTheyAre(request, manifest)) {
            return List.of();
        }
        if (!unpaired) {
            return driftOfAnother(request, manifest);
        }
        return List.of(
                new Reason(
                        "disks-may-have-moved-on",
                        "the checkpoint holds memory only, and the guest could write to " + disks + " since "
                                + manifest.instant(),
                        "If nothing was written since, say 'vfrt checkpoint restore " + manifest.id()
                                + " --accept-disk-drift "
                                + manifest.guestName()
                                + "'; otherwise the file systems on them are destroyed. With '--cold current' it starts anew over them."));
    }

    /** With the name right the guest's disks would be left as they are, so a slip of the pen decides over them. */
    private static List<Reason> driftOfAnother(RestoreCheckpoint.Request request, Manifest manifest) {
        return request
                .acceptedDrift()
                .filter(name -> !name.equals(manifest.guestName()))
                .map(name -> new Reason(
                        "drift-of-another-guest",
                        "the drift of guest '" + name + "' is accepted, and the checkpoint is of guest '"
                                + manifest.guestName() + "'",
                        "Type that name, or leave the option out: then the disks get their states of the checkpoint."))
                .stream()
                .toList();
    }

    /** The same of disks that are said to be shared. */
    static List<Reason> sharedDisksOfAnother(RestoreCheckpoint.Request request, Manifest manifest) {
        return request
                .sharedDisks()
                .filter(name -> !name.equals(manifest.guestName()))
                .map(name -> new Reason(
                        "shared-disks-of-another",
                        "'--shared-disks' names '" + name + "', and the checkpoint is of guest '" + manifest.guestName()
                                + "'",
                        "Type out '" + manifest.guestName() + "', if its disks there are those of the checkpoint."))
                .stream()
                .toList();
    }

    /** Returns whether somebody takes the guest's disks as they are: a guest that starts anew may have any. */
    static boolean disksAsTheyAre(RestoreCheckpoint.Request request, Manifest manifest) {
        return request.form() == RestoreForm.COLD_CURRENT
                || request.acceptedDrift().filter(manifest.guestName()::equals).isPresent();
    }

    /** Guests of the same name and another UUID: libvirt would refuse at the last moment, and xenstore would mix them up. */
    static List<OpenPool.Located> namesakes(OpenPool hosts, Definition definition) {
        return hosts.everywhere(definition.name()).stream()
                .filter(one -> !one.guest().uuid().equals(definition.uuid()))
                .toList();
    }

    static List<Reason> neverTwo(
            RestoreCheckpoint.Request request,
            Manifest manifest,
            Definition definition,
            OpenPool hosts,
            List<OpenPool.Located> known) {
        List<Reason> reasons = new ArrayList<>();
        for (OpenPool.Located one : known) {
            if (request.copyName().isPresent()) {
                reasons.add(new Reason(
                        "name-taken",
                        "a guest named '" + one.guest().name() + "' is on host '"
                                + one.host().host().name() + "'",
                        "Give the copy another name with '--as NAME'."));
            } else if (one.guest().state().active()) {
                reasons.add(new Reason(
                        "guest-still-runs",
                        "guest '" + one.guest().name() + "' is active on host '"
                                + one.host().host().name() + "'",
                        "End it there first, or restore a second copy with '--as NAME'."));
            } else if (!one.guest().uuid().equals(definition.uuid())) {
                reasons.add(new Reason(
                        "name-taken",
                        "another guest named '" + one.guest().name() + "' is defined on host '"
                                + one.host().host().name() + "'",
                        "Rename or undefine that one, or restore under another name with '--as NAME'."));
            }
        }
        // A copy has a new identity: it cannot be running on a host that does not answer.
        if (request.copyName().isEmpty()) {
            hosts.silent()
                    .forEach((host, why) -> reasons.add(new Reason(
                            "host-silent",
                            "host '" + host.name() + "' does not answer, and the guest may still run there: "
                                    + why.getMessage(),
                            "Bring the host back, or make sure that it is off and take it out of the configuration.")));
            originNotAsked(request, manifest, hosts).ifPresent(reasons::add);
            hosts.unmanaged(definition.uuid())
                    .forEach((host, what) -> reasons.add(new Reason(
                            "guest-outside-libvirt",
                            "Xen on host '" + host + "' has the guest as " + what + ", and libvirt does not know of it",
                            "Look with 'xl list -v' there; 'xl destroy' ends what is not wanted.")));
        }
        return reasons;
    }

    /** Where the guest was seen last is where it is most likely to run, and a host outside the pool is not even asked. */
    private static Optional<Reason> originNotAsked(
            RestoreCheckpoint.Request request, Manifest manifest, OpenPool hosts) {
        String origin = manifest.hostName();
        boolean asked = hosts.answering().stream().anyMatch(manifest::takenOn)
                || hosts.silent().keySet().stream().anyMatch(host -> host.name().equals(origin));
        if (asked || request.goneHost().filter(origin::equals).isPresent()) {
            return Optional.empty();
        }
        String machine = manifest.hostSelf()
                .filter(self -> !self.equals(origin))
                .map(self -> ", the machine '" + self + "',")
                .orElse(",");
        return Optional.of(new Reason(
                "origin-not-in-pool",
                "the checkpoint was taken on host '" + origin + "'" + machine
                        + " which is not part of this configuration: the guest may still run there",
                "Take that host into the configuration; or if the guest cannot be running there any more, say"
                        + " '--origin-is-gone " + origin + "'."));
    }

    static List<Reason> memory(Hypervisor target, Manifest manifest) {
        HostFacts facts = target.facts();
        if (!facts.xen()) {
            // The test driver's memory is made up, and so is its guests'.
            return List.of();
        }
        long free = facts.freeMemoryBytes();
        long needed = manifest.memoryBytes() + manifest.memoryBytes() / 128 + OVERHEAD_BYTES;
        if (free >= needed) {
            return List.of();
        }
        return List.of(new Reason(
                "not-enough-memory",
                "host '" + target.host().name() + "' has " + (free >> 20) + " MiB free, and the guest needs "
                        + (needed >> 20) + " MiB",
                "Choose another host with '--to', or move a guest away."));
    }

    static List<String> staleDefinitions(List<OpenPool.Located> definedElsewhere) {
        return definedElsewhere.stream()
                .map(
                        one -> "guest '" + one.guest().name() + "' stays defined on host '"
                                + one.host().host().name()
                                + "', so its new host does not keep the definition: do not start it there, and define it where it is to stay")
                .toList();
    }
}
