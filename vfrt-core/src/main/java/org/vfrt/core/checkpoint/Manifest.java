package org.vfrt.core.checkpoint;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.vfrt.core.disk.DiskContent;
import org.vfrt.core.disk.PairedDisk;
import org.vfrt.core.pool.Definition;
import org.vfrt.core.pool.Hypervisor;

/**
 * What a store knows of one complete checkpoint.
 *
 * @param id its name
 * @param guestName the guest's name at that time
 * @param guestUuid the guest's UUID, by which guest it belongs to is decided
 * @param hostName the host it was taken on, as it was configured
 * @param hostSelf that host's {@link Hypervisor#identity}: names such as 'local' mean another host elsewhere; empty in manifests from
 *     before it was noted
 * @param instant the moment the image shows
 * @param method how it was taken
 * @param kind how the guest is virtualised
 * @param memoryBytes the guest's memory
 * @param format what the image's bytes are
 * @param imageBytes the image's length as it is restored, whatever it takes in the store
 * @param imageRoot what the image is known by: a SHA-256 over its records and its pages' ids, lower-case hexadecimal
 * @param definitionSha256 SHA-256 of the definition in UTF-8
 * @param predictedPause what was said before, empty when nothing was known
 * @param pause what was measured
 * @param rearmPause what closing libvirt's blind spot cost on top (bug E)
 * @param duration from the first byte asked for to the checkpoint being durable
 * @param hypervisorVersion the host's hypervisor
 * @param libvirtVersion the host's libvirt
 * @param unpairedDisks writable disks whose state is not part of the checkpoint (rule 3)
 * @param disks the states of disks that belong to the image; they stay where they are
 * @param diskPause how much of the pause it took to take them
 * @param tags what it was marked with, in order, each once
 * @param diskIdentities by target, what told a writable disk from every other, the same on all hosts that see it ({@link
 *     org.vfrt.core.disk.DiskSnapshots#identities}); only of those that have such a thing
 */
public record Manifest(
        CheckpointId id,
        String guestName,
        UUID guestUuid,
        String hostName,
        Optional<String> hostSelf,
        Instant instant,
        Method method,
        Definition.Kind kind,
        long memoryBytes,
        int vcpus,
        ImageFormat format,
        long imageBytes,
        String imageRoot,
        String definitionSha256,
        Optional<Duration> predictedPause,
        Duration pause,
        Duration rearmPause,
        Duration duration,
        String hypervisorVersion,
        String libvirtVersion,
        List<String> unpairedDisks,
        List<PairedDisk> disks,
        Duration diskPause,
        List<Tag> tags,
        Map<String, String> diskIdentities) {

    /** One of before identities of disks were noted. */
    public Manifest(
            CheckpointId id,
            String guestName,
            UUID guestUuid,
            String hostName,
            Optional<String> hostSelf,
            Instant instant,
            Method method,
            Definition.Kind kind,
            long memoryBytes,
            int vcpus,
            ImageFormat format,
            long imageBytes,
            String imageRoot,
            String definitionSha256,
            Optional<Duration> predictedPause,
            Duration pause,
            Duration rearmPause,
            Duration duration,
            String hypervisorVersion,
            String libvirtVersion,
            List<String> unpairedDisks,
            List<PairedDisk> disks,
            Duration diskPause,
            List<Tag> tags) {
        this(
                id,
                guestName,
                guestUuid,
                hostName,
                hostSelf,
                instant,
                method,
                kind,
                memoryBytes,
                vcpus,
                format,
                imageBytes,
                imageRoot,
                definitionSha256,
                predictedPause,
                pause,
                rearmPause,
                duration,
                hypervisorVersion,
                libvirtVersion,
                unpairedDisks,
                disks,
                diskPause,
                tags,
                Map.of());
    }

    public Manifest {
        diskIdentities = Map.copyOf(diskIdentities);
        unpairedDisks = List.copyOf(unpairedDisks);
        disks = List.copyOf(disks);
        tags = tags.isEmpty() ? List.of() : tags.stream().distinct().sorted().toList();
    }

    /** Returns the disks whose content the store holds. */
    public List<PairedDisk> storedDisks() {
        return disks.stream().filter(disk -> disk.content().isPresent()).toList();
    }

    /** Returns where the first of them begins in the map of pages: behind the memory's. */
    public long memoryPagesEnd() {
        return disks.stream()
                .flatMap(disk -> disk.content().stream())
                .mapToLong(DiskContent::firstPage)
                .min()
                .orElse(Long.MAX_VALUE);
    }

    /** Returns the same checkpoint in another store, where image, disks and definition may be known by other names. */
    Manifest copied(String newImageRoot, String newDefinitionSha256, List<DiskContent> contents) {
        List<PairedDisk> copiedDisks = new ArrayList<>(disks);
        Iterator<DiskContent> content = contents.iterator();
        copiedDisks.replaceAll(disk -> disk.content().isPresent() ? disk.with(content.next()) : disk);
        return new Manifest(
                id,
                guestName,
                guestUuid,
                hostName,
                hostSelf,
                instant,
                method,
                kind,
                memoryBytes,
                vcpus,
                format,
                imageBytes,
                newImageRoot,
                newDefinitionSha256,
                predictedPause,
                pause,
                rearmPause,
                duration,
                hypervisorVersion,
                libvirtVersion,
                unpairedDisks,
                copiedDisks,
                diskPause,
                tags,
                diskIdentities);
    }

    /** Returns whether it was taken on this host. */
    boolean takenOn(Hypervisor host) {
        return hostSelf.map(host.identity()::equals)
                .orElseGet(() -> host.host().name().equals(hostName));
    }
}
