package org.vfrt.core.pool;

/**
 * What a host says of itself.
 *
 * @param hostName the name the machine gives itself
 * @param hypervisor {@code Xen}, or {@code TEST} for libvirt's built-in test driver
 * @param cpus physical CPUs
 * @param memoryBytes physical memory
 * @param freeMemoryBytes memory not given to any domain; leaves out what dom0 could give back
 */
public record HostFacts(
        String hostName,
        String hypervisor,
        Version hypervisorVersion,
        Version libvirtVersion,
        int cpus,
        long memoryBytes,
        long freeMemoryBytes) {

    /** Returns whether this is a Xen host, and not libvirt's test driver. */
    public boolean xen() {
        return hypervisor.equals("Xen");
    }
}
