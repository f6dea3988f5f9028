package org.vfrt.core.checkpoint;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vfrt.core.disk.DiskContent;
import org.vfrt.core.disk.PairedDisk;
import org.vfrt.core.pool.Definition;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.HostFacts;
import org.vfrt.core.pool.Hypervisor;

/** What is known of a checkpoint before its image has arrived. */
record Seal(
        CheckpointId id,
        Instant begun,
        Hypervisor host,
        Guest guest,
        Definition definition,
        Method method,
        Optional<Duration> predictedPause,
        PairedDisks disks,
        List<Tag> tags,
        Map<String, String> diskIdentities) {

    /** Returns the manifest, with what is known since. */
    Manifest manifest(
            Captured captured,
            ImageFormat format,
            long imageBytes,
            String imageRoot,
            String definitionSha256,
            List<DiskContent> contents,
            Instant now) {
        HostFacts facts = host.facts();
        return new Manifest(
                id,
                guest.name(),
                guest.uuid(),
                host.host().name(),
                Optional.of(host.identity()),
                captured.instant(),
                method,
                definition.kind(),
                definition.memoryBytes(),
                definition.vcpus(),
                format,
                imageBytes,
                imageRoot,
                definitionSha256,
                predictedPause,
                captured.pause(),
                captured.rearmPause(),
                Duration.between(begun, now),
                facts.hypervisorVersion().toString(),
                facts.libvirtVersion().toString(),
                disks.unpaired(Definition.parse(captured.definition())),
                disks(contents),
                disks.pause(),
                tags,
                diskIdentities);
    }

    private List<PairedDisk> disks(List<DiskContent> contents) {
        List<PairedDisk> paired = new ArrayList<>(disks.kept());
        for (int i = 0; i < contents.size(); i++) {
            paired.set(i, paired.get(i).with(contents.get(i)));
        }
        return paired;
    }
}
