package org.vfrt.core.pool;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * A guest's domain XML, and what vfrt needs to know of it.
 *
 * @param xml the XML itself; it may hold secrets such as a VNC password, so it is never logged
 * @param kind how the guest is virtualised
 * @param memoryBytes the most memory it can have
 * @param writableDisks targets ({@code xvda}) of disks the guest can write to
 * @param hostDevices whether a device of the host is passed through
 * @param vnuma whether it has a virtual NUMA topology
 */
public record Definition(
        String xml,
        String name,
        UUID uuid,
        Kind kind,
        long memoryBytes,
        int vcpus,
        List<String> writableDisks,
        List<String> readOnlyDisks,
        boolean hostDevices,
        boolean vnuma) {

    /** The namespace of vfrt's own element in domain XML; 'virsh metadata' takes it as the URI. */
    public static final String LABELS_NAMESPACE = "http://vfrt.org/xmlns/labels/1.0";

    /** What a guest has is told in whole pages, and not to the last one. */
    private static final long SLACK_BYTES = 1 << 20;

    /** The label of a copy that a drill has made. */
    public static final String DRILL_LABEL = "drill";

    public Definition {
        writableDisks = List.copyOf(writableDisks);
        readOnlyDisks = List.copyOf(readOnlyDisks);
    }

    /** How a guest is virtualised. {@code TEST} is what libvirt's test driver has. */
    public enum Kind {
        PV,
        PVH,
        HVM,
        TEST
    }

    /**
     * Reads domain XML (https://libvirt.org/formatdomain.html).
     *
     * @throws org.vfrt.core.failure.Damaged when it is not domain XML, or lacks a name, a UUID or a memory size
     */
    public static Definition parse(String xml) {
        return DefinitionXml.read(xml);
    }

    /**
     * Returns the labels an operator gave the guest: the attributes of the element {@code labels} of the namespace
     * {@value #LABELS_NAMESPACE} in the definition's {@code metadata}; none when it has no such element.
     */
    public Map<String, String> labels() {
        return DefinitionXml.labels(xml);
    }

    /** Returns the networks it is on: a bridge by its name, a network of libvirt as {@code network:NAME}. */
    public Set<String> networks() {
        return DefinitionXml.networks(xml);
    }

    /** Returns how many network interfaces it has. */
    public int interfaces() {
        return DefinitionXml.devices(DefinitionXml.parse(xml).getDocumentElement(), "interface")
                .size();
    }

    /** Returns the paths of its disks and CD-ROMs on the host; an empty drive has none. */
    public Set<String> diskPaths() {
        return DefinitionXml.diskPaths(xml);
    }

    /** Returns the paths of those of its disks that it can write to; what is no file or device of the host has none. */
    public Set<String> writableDiskPaths() {
        return DefinitionXml.writableDiskPaths(xml);
    }

    /** Returns all of its disks, in their order. */
    public List<Disk> disks() {
        return DefinitionXml.allDisks(xml);
    }

    /**
     * Returns the same guest with other disks behind its targets.
     *
     * @param paths the file or device for each target that gets another; of the kind that was there before
     */
    public Definition withDisks(Map<String, String> paths) {
        return DefinitionXml.withDisks(this, paths);
    }

    /** Returns the memory that it is to give back to have no more of; what it can have at most, where nothing else is said. */
    public long memoryTargetBytes() {
        return DefinitionXml.memoryTargetBytes(xml, memoryBytes);
    }

    /**
     * Returns the same guest as a host has to be told of it that receives so much of its memory. Xen builds a domain with no more memory than its target; a guest that did not give back what it was asked for has more,
     * and its memory would find no room ("Failed to populate physmap").
     *
     * @param usedBytes what it has, or more
     */
    public Definition toReceive(long usedBytes) {
        return usedBytes <= memoryTargetBytes() || memoryTargetBytes() == memoryBytes
                ? this
                : DefinitionXml.withMemoryTarget(this, Math.min(memoryBytes, usedBytes));
    }

    /** The same, for all that a guest has at this moment. */
    public Definition toReceive(Guest guest) {
        return toReceive(guest.memoryBytes() + SLACK_BYTES);
    }

    /** Returns the same guest under another name and UUID, with new MAC addresses, for a second copy. */
    public Definition as(String newName, UUID newUuid) {
        return DefinitionXml.rename(this, newName, newUuid);
    }

    /**
     * Returns a copy that meets nobody, for a drill: its interfaces are on other bridges or gone, its consoles and screens are on nobody's ports or files, it
     * stays away when it ends, and it carries no label but {@value #DRILL_LABEL}, so that neither rules nor policies mean it.
     *
     * @param original whose copy it is: what that label says
     * @param bridges one for each interface, in their order; an interface without one is removed
     */
    public Definition forDrill(String original, List<String> bridges) {
        return IsolatedXml.of(this, original, bridges);
    }

    /** Leaves the XML out: it may hold secrets, and what is printed ends up in logs. */
    @Override
    public String toString() {
        return "Definition[name=" + name + ", uuid=" + uuid + ", kind=" + kind + "]";
    }
}
